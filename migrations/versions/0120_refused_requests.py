"""Requests that somebody signed in was refused are kept with the name of the view."""

from alembic import op

revision = "0120"
down_revision = "0110"
branch_labels = None
depends_on = None

BEFORE = (
    "'signed_in', 'sign_in_failed', 'signed_out', 'signed_out_everywhere', 'session_ended', 'reset_asked', "
    "'password_reset', 'password_changed', 'second_step_failed', 'confirmed', 'confirmation_failed', "
    "'recovery_code_used', 'factor_added', 'factor_removed', 'factors_reset'"
)
CHECK = """
ALTER TABLE access_events DROP CONSTRAINT ck_access_events_accesskind;
ALTER TABLE access_events ADD CONSTRAINT ck_access_events_accesskind CHECK (kind IN (%s));
"""


def upgrade() -> None:
    op.execute(CHECK % f"{BEFORE}, 'forbidden'")
    op.execute("ALTER TABLE access_events ADD COLUMN endpoint VARCHAR NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE access_events ALTER COLUMN endpoint DROP DEFAULT")
    op.execute(
        "ALTER TABLE access_events ADD CONSTRAINT ck_access_events_endpoint_of_refusals "
        "CHECK ((kind = 'forbidden') = (endpoint <> ''))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE access_events DROP CONSTRAINT ck_access_events_endpoint_of_refusals")
    op.execute("ALTER TABLE access_events DROP COLUMN endpoint")
    op.execute("ALTER TABLE access_events DISABLE TRIGGER access_events_kept")
    op.execute("DELETE FROM access_events WHERE kind = 'forbidden'")
    op.execute("ALTER TABLE access_events ENABLE TRIGGER access_events_kept")
    op.execute(CHECK % BEFORE)
