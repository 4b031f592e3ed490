"""What the texts of reminders are filled with."""

from datetime import date

from sqlalchemy.orm import Session

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
