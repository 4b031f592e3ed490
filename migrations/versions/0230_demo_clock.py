"""The clock of a demonstration, which goes forward alone, and its journeys."""

from alembic import op

revision = "0230"
down_revision = "0223"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE demo_clock (
    id BIGINT CONSTRAINT pk_demo_clock PRIMARY KEY,
    ahead_us BIGINT NOT NULL,
    stands_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT ck_demo_clock_one_row CHECK (id = 1)
);

-- A second is what asking takes; it is no way back.
CREATE FUNCTION demo_clock_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    showed CONSTANT timestamptz := coalesce(OLD.stands_at, clock_timestamp() + OLD.ahead_us * interval '1 microsecond');
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the clock is kept' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF coalesce(NEW.stands_at, clock_timestamp() + NEW.ahead_us * interval '1 microsecond')
        < showed - interval '1 second' THEN
        RAISE EXCEPTION 'the clock goes forward alone' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER demo_clock_goes_forward BEFORE UPDATE OR DELETE ON demo_clock
    FOR EACH ROW EXECUTE FUNCTION demo_clock_goes_forward();

CREATE TABLE clock_moves (
    id BIGSERIAL CONSTRAINT pk_clock_moves PRIMARY KEY,
    from_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reached_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_by_id BIGINT,
    keeps_desk BOOLEAN NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT fk_clock_moves_asked_by_id FOREIGN KEY (asked_by_id) REFERENCES users (id),
    CONSTRAINT ck_clock_moves_goes_forward CHECK (until_at > from_at),
    CONSTRAINT ck_clock_moves_on_the_way CHECK (reached_at BETWEEN from_at AND until_at)
);
CREATE UNIQUE INDEX uq_clock_moves_under_way ON clock_moves ((done_at IS NULL)) WHERE done_at IS NULL;
"""

DOWN = """
DROP TABLE clock_moves;
DROP TABLE demo_clock;
DROP FUNCTION demo_clock_goes_forward();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
