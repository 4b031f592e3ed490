"""Settings for tests: a number as an admin saved it."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.settings.models import Setting
from portal.settings.rules.names import Name
from tests.factories.quotes import NOON


def set_to(session: Session, name: Name, value: int) -> None:
    """Put a setting at a value."""
    session.execute(delete(Setting).where(Setting.name == name.value))
    session.add(Setting(name=name.value, value=value, changed_at=NOON, changed_by_name="Davi Reis"))
    session.flush()
