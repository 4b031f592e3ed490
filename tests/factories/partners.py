"""Resellers for tests, as rows."""

from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session
from stdnum.br import cnpj

from portal.partners.models import Partner
from portal.shared.auth import Role
from portal.users.models import User
from tests.factories.users import JOINED_AT, make_user

_numbers = count(1)


def a_cnpj(number: int) -> str:
    """A valid CNPJ, another one for each number."""
    base = f"{number:08d}0001"
    return base + str(cnpj.calc_check_digits(base))


def make_partner(
    session: Session,
    *,
    account_manager: User | None = None,
    substitute: User | None = None,
    trade_name: str = "Sul Sistemas",
    tier: str = "prata",
    arrangement: str = "central_cobranca",
    document: str | None = None,
    disabled_at: datetime | None = None,
) -> Partner:
    """A reseller, with an account manager of its own unless one is given."""
    account_manager = account_manager or make_user(session, role=Role.ACCOUNT_MANAGER, name="Ana Souza")
    partner = Partner(
        document=document or a_cnpj(next(_numbers)),
        name=f"{trade_name} Ltda.",
        trade_name=trade_name,
        tier=tier,
        arrangement=arrangement,
        email="contato@exemplo.com.br",
        phone="4733331234",
        account_manager_id=account_manager.id,
        substitute_id=substitute.id if substitute else None,
        created_at=JOINED_AT,
        disabled_at=disabled_at,
    )
    session.add(partner)
    session.flush()
    return partner
