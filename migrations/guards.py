"""Triggers as the last guard. Used by migrations.

`append_only` refuses to change or remove rows of a table; `frozen` refuses to change some columns of a
row, `kept` to remove it, once a condition on the old row holds; `no_return` refuses a state once left.
Every trigger is named after what it guards.
"""

from collections.abc import Iterable

from alembic import op


def append_only(table: str) -> None:
    """No row of `table` is ever changed or removed."""
    for verb in ("UPDATE", "DELETE", "TRUNCATE"):
        _trigger(f"{table}_no_{verb.lower()}", table, verb, None, f"{table} is append-only")


def frozen(table: str, columns: Iterable[str], *, once: str = "", name: str = "frozen") -> None:
    """`columns` of a row keep their value; with `once`, from when that condition on OLD holds.

    A second such guard of a table needs a `name` of its own.
    """
    # JSON has no equality, its text has.
    changed = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in columns)
    when = f"({once}) AND ({changed})" if once else changed
    _trigger(f"{table}_{name}", table, "UPDATE", when, f"{table} is frozen")


def kept(table: str, *, once: str) -> None:
    """A row stays from when the condition on OLD holds."""
    _trigger(f"{table}_kept", table, "DELETE", once, f"{table} is kept")


def no_return(table: str, column: str, value: str) -> None:
    """Once `column` has left `value`, it never has it again."""
    when = f"OLD.{column} <> '{value}' AND NEW.{column} = '{value}'"
    _trigger(f"{table}_{column}_no_return", table, "UPDATE", when, f"{table} has left {value}")


def refused_when(name: str, table: str, verb: str, fault: str, *, message: str) -> None:
    """No change of `table` under which `fault` holds: SQL on NEW and OLD that may ask other tables."""
    returned = "OLD" if verb == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {fault} THEN RAISE EXCEPTION '{message}' USING ERRCODE = "
        f"'integrity_constraint_violation'; END IF; RETURN {returned}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def remove(*triggers: tuple[str, str]) -> None:
    """Drop triggers given as (name, table)."""
    for name, table in triggers:
        op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        op.execute(f"DROP FUNCTION IF EXISTS {name}()")


def _trigger(name: str, table: str, verb: str, when: str | None, message: str) -> None:
    condition = f" WHEN ({when})" if when else ""
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    each = "STATEMENT" if verb == "TRUNCATE" else "ROW"
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH {each}{condition} EXECUTE FUNCTION {name}()"
    )
