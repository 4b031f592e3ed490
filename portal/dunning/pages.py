"""What the texts of reminders are filled with."""

from datetime import date

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import DueToday
from portal.invoices.queries.recipients import helper_of
from portal.shared.brazil import format_date, format_money
from portal.subscriptions.queries.reading import get_subscription


def fields_of(session: Session, invoice: Invoice, due: DueToday, *, name: str, today: date) -> dict[str, str]:
    """The fields (`rules.texts.FIELDS`) about a loaded invoice, as things stand on a day."""
    return {
        "nome": name,
        "fatura": invoice.label,
        "valor": format_money(due.total_cents),
        "vencimento": format_date(invoice.due_on),
        "dias": str(max((today - invoice.due_on).days, 0)),
        "servico": get_subscription(session, invoice.contract_id).plan_name,
        "parceiro": helper_of(invoice).name,
    }
