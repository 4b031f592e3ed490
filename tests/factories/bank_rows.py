"""Accounts at banks as rows."""

from typing import Any

from sqlalchemy.orm import Session

from portal.banking.models.account import BankAccount
from portal.banking.operations.accounts import open_account
from portal.banking.rules.account_changes import NewAccount
from portal.banking.rules.accounts import BoletoAccount
from portal.shared.auth import Role
from tests.factories.quotes import NOON
from tests.factories.users import actor_of, make_user


def add_account(session: Session, account: BoletoAccount, /, **changes: Any) -> BankAccount:
    """An account of the vendor, as an administrator adds it; it is of new boletos unless said otherwise."""
    values: dict[str, Any] = {
        "name": f"Conta {account.bank}",
        "bank": account.bank,
        "branch": account.branch,
        "account": account.account,
        "account_digit": account.account_digit,
        "wallet": account.wallet,
        "agreement": account.agreement,
        "variation": account.variation,
        "transmission": account.transmission,
        "pix_key": "",
        "first_number": 1,
        "last_number": 9_999_999,
        "is_boleto_default": True,
        "is_pix_default": False,
        "is_ted_default": False,
    }
    admin = actor_of(make_user(session, role=Role.ADMIN))
    return open_account(session, values=NewAccount(**(values | changes)), actor=admin, now=NOON)
