"""The vendor's accounts, in the shapes that boletos, Pix and TED need."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.account import BankAccount
from portal.banking.rules.accounts import BANKS, BoletoAccount, NoAccountForWay
from portal.banking.rules.pix import PixAccount
from portal.config import BankSettings
from portal.shared.environment import environment
from portal.shared.payment_methods import Way
from portal.shared.refusals import Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class TedAccount:
    """What a customer types into the bank's app to send a TED. `document` without punctuation."""

    bank: str
    bank_name: str
    branch: str
    account: str
    company: str
    document: str


def bank_settings() -> BankSettings:
    """The bank settings of the present app."""
    return environment().bank


def list_accounts(session: Session) -> list[BankAccount]:
    """All accounts, the open ones first."""
    return list(
        session.scalars(select(BankAccount).order_by(BankAccount.closed_at.is_not(None), BankAccount.id))
    )


def get_account(session: Session, account_id: int) -> BankAccount:
    """An account. Raises `Missing`."""
    found = session.get(BankAccount, account_id)
    if found is None:
        raise Missing("Não encontramos esta conta.")
    return found


def boleto_accounts(session: Session) -> list[BoletoAccount]:
    """All accounts as files and slips name them, those closed too: banks tell of them for long."""
    return [as_boleto_account(row) for row in list_accounts(session)]


def boleto_account(session: Session) -> BoletoAccount:
    """The account under which new boletos are issued.

    Raises:
        NoAccountForWay: there is none.
    """
    return as_boleto_account(_default(session, Way.BOLETO))


def chosen_account(session: Session, account_id: int | None) -> BoletoAccount:
    """An account by its id; without one, that of new boletos. Raises `Missing`, `NoAccountForWay`."""
    if account_id is None:
        return boleto_account(session)
    return as_boleto_account(get_account(session, account_id))


def account_of_series(session: Session, series: str) -> BankAccount:
    """The account whose boletos are numbered in this series. Raises `Missing`."""
    found = session.scalar(select(BankAccount).where(BankAccount.series == series))
    if found is None:
        raise Missing("Não encontramos a conta deste boleto.")
    return found


def as_boleto_account(row: BankAccount) -> BoletoAccount:
    """An account with who we are."""
    company = environment().company
    return BoletoAccount(
        bank=row.bank,
        branch=row.branch,
        account=row.account,
        account_digit=row.account_digit,
        wallet=row.wallet,
        agreement=row.agreement,
        variation=row.variation,
        transmission=row.transmission,
        first_number=row.first_number,
        last_number=row.last_number,
        company=company.name,
        company_document=company.document,
    )


def pix_account(session: Session) -> PixAccount:
    """Who receives a Pix. Raises `NoAccountForWay`."""
    company = environment().company
    return PixAccount(key=_default(session, Way.PIX).pix_key, name=company.name, city=company.city)


def ted_account(session: Session) -> TedAccount:
    """Where a TED goes. Raises `NoAccountForWay`."""
    row, company = _default(session, Way.TED), environment().company
    return TedAccount(
        bank=row.bank,
        bank_name=BANKS[row.bank].name,
        branch=row.branch,
        account=f"{row.account}-{row.account_digit}",
        company=company.name,
        document=company.document,
    )


def _default(session: Session, way: Way) -> BankAccount:
    flag = {
        Way.BOLETO: BankAccount.is_boleto_default,
        Way.PIX: BankAccount.is_pix_default,
        Way.TED: BankAccount.is_ted_default,
    }[way]
    found = session.scalar(select(BankAccount).where(flag))
    if found is None:
        raise NoAccountForWay(way)
    return found
