"""Alembic's environment: the app's models, the app's database, the app's behaviour on SQLite."""

from alembic import context
from sqlalchemy import NullPool, create_engine

from portal.models import Base
from portal.shared.db import prepare_engine

engine = create_engine(context.config.attributes["database_url"], poolclass=NullPool)
prepare_engine(engine)
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
