"""The vendor's account, in the shapes that boletos, Pix and TED need."""

from dataclasses import dataclass

from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.pix import PixAccount
from portal.config import BankSettings
from portal.shared.environment import environment


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


def boleto_account() -> BoletoAccount:
    """The agreement under which the bank collects for us."""
    settings = environment()
    bank, company = settings.bank, settings.company
    return BoletoAccount(
        bank=bank.code,
        branch=bank.branch,
        account=bank.account,
        account_digit=bank.account_digit,
        wallet=bank.wallet,
        company=company.name,
        company_document=company.document,
    )


def pix_account() -> PixAccount:
    """Who receives a Pix."""
    settings = environment()
    return PixAccount(key=settings.bank.pix_key, name=settings.company.name, city=settings.company.city)


def ted_account() -> TedAccount:
    """Where a TED goes."""
    settings = environment()
    bank, company = settings.bank, settings.company
    return TedAccount(
        bank=bank.code,
        bank_name=bank.name,
        branch=bank.branch,
        account=f"{bank.account}-{bank.account_digit}",
        company=company.name,
        document=company.document,
    )
