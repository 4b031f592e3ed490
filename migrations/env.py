"""Alembic's environment: the app's models, the app's database, its own behaviour on SQLite."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.schema import SchemaItem

from portal.models import Base
from portal.shared.db import prepare_engine


def ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """The queue keeps its own tables, which are none of ours."""
    table = name if kind == "table" else getattr(getattr(item, "table", None), "name", None)
    return not reflected or table in Base.metadata.tables or kind != "table"


engine = create_engine(context.config.attributes["database_url"])
prepare_engine(engine)
with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=ours,
        render_as_batch=sqlite,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
