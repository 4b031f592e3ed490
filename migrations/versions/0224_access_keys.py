"""Keys by which a product asks whether its service is released."""

from alembic import op

revision = "0224"
down_revision = "0250"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE access_keys (
    id BIGSERIAL CONSTRAINT pk_access_keys PRIMARY KEY,
    plan VARCHAR NOT NULL,
    plan_name VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    key_hash VARCHAR NOT NULL CONSTRAINT uq_access_keys_key_hash UNIQUE,
    ending VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT NOT NULL CONSTRAINT fk_access_keys_created_by_id REFERENCES users (id),
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_by_id BIGINT CONSTRAINT fk_access_keys_revoked_by_id REFERENCES users (id),
    asked_at TIMESTAMP WITH TIME ZONE,
    minute TIMESTAMP WITH TIME ZONE,
    asked_in_minute BIGINT NOT NULL,
    CONSTRAINT ck_access_keys_of_a_product CHECK (plan <> '' AND plan_name <> '' AND name <> ''),
    CONSTRAINT ck_access_keys_revoked_by_somebody CHECK ((revoked_at IS NULL) = (revoked_by_id IS NULL)),
    CONSTRAINT ck_access_keys_counts_up CHECK (asked_in_minute >= 0)
);
CREATE FUNCTION access_keys_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'access_keys is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER access_keys_frozen BEFORE UPDATE ON access_keys FOR EACH ROW
    WHEN ((OLD.plan, OLD.key_hash, OLD.ending, OLD.created_at, OLD.created_by_id)
            IS DISTINCT FROM (NEW.plan, NEW.key_hash, NEW.ending, NEW.created_at, NEW.created_by_id)
        OR (OLD.revoked_at IS NOT NULL AND OLD.revoked_at IS DISTINCT FROM NEW.revoked_at))
    EXECUTE FUNCTION access_keys_frozen();
CREATE TRIGGER access_keys_no_delete BEFORE DELETE ON access_keys
    FOR EACH ROW EXECUTE FUNCTION access_keys_frozen();
"""

DOWN = """
DROP TABLE access_keys;
DROP FUNCTION access_keys_frozen();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
