"""Accounts at the four banks whose boletos we collect by."""

from typing import Any

from portal.banking.rules.accounts import BoletoAccount
from tests.factories.payments import ACCOUNT

_COMPANY: dict[str, Any] = {"company": "Portal Sistemas Ltda.", "company_document": "11222333000181"}
BRADESCO = BoletoAccount(
    bank="237",
    branch="1234",
    account="0056789",
    account_digit="1",
    wallet="09",
    agreement="4567890",
    **_COMPANY,
)
BRASIL = BoletoAccount(
    bank="001",
    branch="3456",
    account="00012345",
    account_digit="6",
    wallet="17",
    variation="019",
    agreement="1234567",
    **_COMPANY,
)
SANTANDER = BoletoAccount(
    bank="033",
    branch="2271",
    account="01300123",
    account_digit="4",
    wallet="101",
    agreement="1234567",
    transmission="227100012345678",
    **_COMPANY,
)
ACCOUNTS = (ACCOUNT, BRADESCO, BRASIL, SANTANDER)
EVERY_LAYOUT = [(account, size) for account in ACCOUNTS for size in (400, 240)]
