"""Log, queue, mail, links; settings, people and partners."""

from migrations.literal import drop, run_sql

revision = "foundation"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "errands",
    "job_runs",
    "log_heads",
    "password_reset_requests",
    "queue_workers",
    "throttles",
    "users",
    "access_events",
    "auth_challenges",
    "known_devices",
    "partners",
    "passkeys",
    "recovery_codes",
    "scheduled_jobs",
    "settings",
    "totp_secrets",
    "user_sessions",
    "link_tokens",
    "log_entries",
    "mail_messages",
)


def upgrade() -> None:
    run_sql(__file__)


def downgrade() -> None:
    drop(TABLES)
