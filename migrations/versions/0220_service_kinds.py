"""What sort of service was sold: frozen in the version, kept with what its contract is billed.

Whatever was sold before is a subscription: no list knew anything else.
"""

from alembic import op

revision = "0220"
down_revision = "0190"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE quote_versions
    ADD COLUMN service_kind VARCHAR(40) NOT NULL DEFAULT 'subscription',
    ADD CONSTRAINT ck_quote_versions_servicekind CHECK (service_kind IN ('subscription', 'mentoring', 'telecom'));
ALTER TABLE quote_versions ALTER COLUMN service_kind DROP DEFAULT;
ALTER TABLE subscriptions
    ADD COLUMN service_kind VARCHAR(40) NOT NULL DEFAULT 'subscription',
    ADD CONSTRAINT ck_subscriptions_servicekind CHECK (service_kind IN ('subscription', 'mentoring', 'telecom'));
ALTER TABLE subscriptions ALTER COLUMN service_kind DROP DEFAULT;

CREATE FUNCTION quote_versions_kind_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'quote_versions is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER quote_versions_kind_frozen BEFORE UPDATE ON quote_versions FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND OLD.service_kind IS DISTINCT FROM NEW.service_kind)
    EXECUTE FUNCTION quote_versions_kind_frozen();
CREATE FUNCTION subscriptions_kind_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'subscriptions is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER subscriptions_kind_frozen BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN (OLD.service_kind IS DISTINCT FROM NEW.service_kind)
    EXECUTE FUNCTION subscriptions_kind_frozen();
"""

DOWN = """
DROP TRIGGER subscriptions_kind_frozen ON subscriptions;
DROP FUNCTION subscriptions_kind_frozen();
DROP TRIGGER quote_versions_kind_frozen ON quote_versions;
DROP FUNCTION quote_versions_kind_frozen();
ALTER TABLE subscriptions DROP COLUMN service_kind;
ALTER TABLE quote_versions DROP COLUMN service_kind;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
