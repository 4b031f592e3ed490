"""Steps of the régua for who pays late again and again, and for one sort of service."""

from alembic import op

revision = "0521"
down_revision = "0520"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE dunning_steps
    ADD COLUMN service_kind VARCHAR(40),
    DROP CONSTRAINT ck_dunning_steps_audience,
    ADD CONSTRAINT ck_dunning_steps_audience CHECK (
        audience IN ('everybody', 'good', 'late_before', 'repeated')),
    ADD CONSTRAINT ck_dunning_steps_servicekind CHECK (
        service_kind IN ('subscription', 'mentoring', 'telecom'));
"""

DOWN = """
ALTER TABLE dunning_steps DISABLE TRIGGER USER;
UPDATE dunning_steps SET audience = 'late_before' WHERE audience = 'repeated';
ALTER TABLE dunning_steps ENABLE TRIGGER USER;
ALTER TABLE dunning_steps
    DROP CONSTRAINT ck_dunning_steps_servicekind,
    DROP COLUMN service_kind,
    DROP CONSTRAINT ck_dunning_steps_audience,
    ADD CONSTRAINT ck_dunning_steps_audience CHECK (audience IN ('everybody', 'good', 'late_before'));
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
