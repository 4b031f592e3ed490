"""Alembic's environment: the app's models, the app's database."""

from alembic import context
from sqlalchemy import NullPool, create_engine

from portal.models import Base

engine = create_engine(context.config.attributes["database_url"], poolclass=NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
