"""Below which sums nobody is troubled, by the settings of the house."""

from sqlalchemy.orm import Session

from portal.settings.queries import value
from portal.settings.rules.names import Name


def least_owed_cents(session: Session) -> int:
    """For less nobody is reminded or suspended, nor does time count as unpaid that was paid."""
    return value(session, Name.LEAST_REMINDED_REAIS) * 100
