"""What the texts of reminders are filled with, and what a reminder brings along to pay with."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.banking.queries.account import pix_account
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.pix import br_code, txid_of
from portal.checkout.queries import find_boleto
from portal.contracts.queries.reading import breakdown_of, load_contract
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import DueToday
from portal.invoices.queries.recipients import helper_of
from portal.shared.brazil import format_date, format_money
from portal.subscriptions.queries.reading import find_subscription


def fields_of(session: Session, invoice: Invoice, due: DueToday, *, name: str, today: date) -> dict[str, str]:
    """The fields (`rules.texts.FIELDS`) about a loaded invoice, as things stand on a day."""
    return {
        "nome": name,
        "fatura": invoice.label,
        "valor": format_money(due.total_cents),
        "vencimento": format_date(invoice.due_on),
        "dias": str(max((today - invoice.due_on).days, 0)),
        "servico": _service_of(session, invoice),
        "parceiro": helper_of(invoice).name,
    }


def _service_of(session: Session, invoice: Invoice) -> str:
    """The plan; of a contract that its first payment makes active, as it was signed."""
    subscription = find_subscription(session, invoice.contract_id)
    if subscription is not None:
        return subscription.plan_name
    return breakdown_of(load_contract(session, invoice.contract_id)).lines[0].label


class InHand(NamedTuple):
    """What pays an invoice without opening a page: the Pix of today, and the line of a registered boleto."""

    pix: str
    line: str


def in_hand(session: Session, invoice: Invoice, due: DueToday) -> InHand:
    """The Pix to copy of an open invoice with the day's charges in it, and its boleto's line or ""."""
    boleto = find_boleto(session, invoice.id)
    is_taken = boleto is not None and boleto.state is BoletoState.REGISTERED
    pix = br_code(pix_account(session), amount_cents=due.total_cents, txid=txid_of(invoice.id))
    return InHand(pix, boleto.line if boleto is not None and is_taken else "")
