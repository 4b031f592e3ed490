"""What a template keeps of its rows, so that its copies are restored from within.

A row that was written since a moment has a younger `xmin`, and where one was only deleted the number of rows
is another: so one look at each table tells which were touched. The functions stand in the database, written
out table by table, because a connection plans such statements only once.
"""

import psycopg
from psycopg import sql

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
WRITTEN_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = ('public.' || quote_ident(%s))::regclass
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum
"""
KEEP_SEQUENCES = """
    CREATE TABLE kept.sequence_values AS
    SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'
"""
TOUCHED = """
    CREATE FUNCTION kept.touched(since xid) RETURNS SETOF text LANGUAGE plpgsql AS $function$
    DECLARE age_then CONSTANT integer := age(since);
    BEGIN
        RETURN QUERY SELECT NULL::text WHERE false {looks};
    END $function$
"""
LOOK = """
    UNION ALL SELECT {name} FROM public.{table} t
    HAVING count(*) <> {rows} OR min(age(t.xmin)) < age_then
"""
RESTORE = """
    CREATE FUNCTION kept.restore(since xid) RETURNS xid LANGUAGE plpgsql AS $function$
    DECLARE touched CONSTANT text[] := ARRAY(SELECT kept.touched(since));
    BEGIN
        {tables}
        PERFORM setval(
                format('public.%I', k.sequencename), coalesce(k.last_value, 1), k.last_value IS NOT NULL
            )
            FROM kept.sequence_values k JOIN pg_sequences s USING (sequencename)
            WHERE s.schemaname = 'public' AND s.last_value IS DISTINCT FROM k.last_value;
        RETURN CASE WHEN touched = '{{}}' THEN since ELSE pg_current_xact_id()::xid END;
    END $function$
"""
RESTORE_TABLE = """
    IF {name} = ANY (touched) THEN
        DELETE FROM public.{table};
        INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM kept.{table};
    END IF;
"""

type Connection = psycopg.Connection[tuple[object, ...]]


def keep_rows(connection: Connection) -> None:
    """Keep every row and the position of every sequence a second time, in the schema `kept`."""
    connection.execute("DROP SCHEMA IF EXISTS kept CASCADE")
    connection.execute("CREATE SCHEMA kept")
    looks, restores = [], []
    for (name,) in connection.execute(TABLES).fetchall():
        assert isinstance(name, str)
        table = sql.Identifier(name)
        kept = connection.execute(
            sql.SQL("CREATE TABLE kept.{table} AS TABLE public.{table}").format(table=table)
        )
        columns = [str(column) for (column,) in connection.execute(WRITTEN_COLUMNS, [name]).fetchall()]
        words = {
            "name": sql.Literal(name),
            "table": table,
            "rows": sql.Literal(kept.rowcount),
            "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        }
        looks.append(sql.SQL(LOOK).format(**words))
        restores.append(sql.SQL(RESTORE_TABLE).format(**words))
    connection.execute(KEEP_SEQUENCES)
    connection.execute(sql.SQL(TOUCHED).format(looks=sql.SQL("").join(looks)))
    connection.execute(sql.SQL(RESTORE).format(tables=sql.SQL("").join(restores)))


def only(found: psycopg.Cursor[tuple[object, ...]]) -> object:
    """The only value of an answer."""
    ((value,),) = found.fetchall()
    return value
