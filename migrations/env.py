"""Alembic's environment: the app's models, the app's database, the app's behaviour on SQLite."""

from alembic import context
from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from portal.models import Base
from portal.shared.db import prepare_engine

engine = create_engine(context.config.attributes["database_url"], poolclass=NullPool)
prepare_engine(engine)
if (
    engine.dialect.name == "sqlite"
):  # it changes a table by copying it, which must not look like deleting its rows

    @event.listens_for(engine, "connect")
    def let_tables_be_copied(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.cursor().execute("PRAGMA foreign_keys = OFF")


with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
