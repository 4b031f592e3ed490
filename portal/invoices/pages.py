"""What a timeline says of invoices made in bulk and of mails about them; a credit note as it is printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.config import CompanySettings
from portal.customers.queries.history import HistoryBesideLog, HistoryRows, Told
from portal.documents.rules.credit_note import CreditNoteSheet
from portal.invoices.models import CreditNote, DueDayChange
from portal.invoices.queries.due_day import (
    DueDaySimulation,
    blocked_today,
    list_due_day_changes,
    simulate_due_day,
)
from portal.invoices.queries.history import mails_about_invoices, run_invoices
from portal.invoices.rules.due_day import DUE_DAYS
from portal.invoices.rules.states import invoice_label
from portal.shared.brazil import format_date, format_document, format_money, format_phone
from portal.shared.clock import day_of
from portal.shared.mail_rows import MailState
from portal.shared.refusals import Refusal
from portal.subscriptions.models import Subscription

MAIL_WORDS = {
    MailState.QUEUED: "a caminho de",
    MailState.HELD: "retido pelo limite, para",
    MailState.SENT: "enviado para",
    MailState.FAILED: "não chegou a",
    MailState.DROPPED: "descartado, para",
    MailState.NOT_NEEDED: "não foi mais preciso, para",
}
MAIL_NAMES = {"invoice_issued": "Aviso", "invoice_receipt": "Recibo"}


def history_beside_log(_session: Session, asked: HistoryBesideLog) -> Sequence[HistoryRows]:
    """Invoices of billing runs, and the mails that went out about a customer's invoices."""
    customer = asked.customer
    return (
        HistoryRows(name="invoices", kind="faturas", rows=run_invoices(customer), in_words=_invoice_words),
        HistoryRows(
            name="mails",
            kind="avisos",
            rows=mails_about_invoices(customer, kinds=tuple(MAIL_NAMES)),
            in_words=_mail_words,
        ),
    )


def _invoice_words(facts: Mapping[str, Any]) -> Told:
    amount, due_on = format_money(facts["amount_cents"]), format_date(date.fromisoformat(facts["due_on"]))
    summary = f"Fatura {invoice_label(facts['number'])} emitida: {amount}, vence em {due_on}"
    return Told(summary, "invoices", facts["invoice_id"])


def _mail_words(facts: Mapping[str, Any]) -> Told:
    what, label = MAIL_NAMES[facts["kind"]], invoice_label(facts["number"])
    summary = (
        f"{what} da fatura {label} por e-mail {MAIL_WORDS[MailState(facts['state'])]} {facts['to_name']}"
    )
    return Told(summary, "mail_messages", facts["invoice_id"])


def credit_note_sheet(note: CreditNote, company: CompanySettings) -> CreditNoteSheet:
    """A credit note, loaded with its invoice and contract, as it is printed."""
    invoice, day = note.invoice, format_date(day_of(note.issued_at))
    effect = "O valor fica como crédito de quem pagou."
    if note.cancels_invoice:
        effect = "A fatura está cancelada e não precisa ser paga."
    return CreditNoteSheet(
        number=note.label,
        issued_on=day,
        amount=format_money(note.amount_cents),
        reason=note.reason,
        effect=effect,
        invoice=invoice.label,
        invoice_amount=format_money(invoice.amount_cents),
        invoice_due_on=format_date(invoice.due_on),
        contract=invoice.contract.label,
        payer_name=invoice.payer_name,
        payer_document=format_document(invoice.payer_document),
        company_name=company.name,
        company_document=format_document(company.document),
        company_address=company.address_line,
        company_contact=f"{company.email} · {format_phone(company.phone)}",
        place_and_day=f"{company.city}, {day}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDayPage:
    """The choice of a due day: `why_not` is why there is none today, `refused` why not the day `chosen`."""

    subscription: Subscription
    days: Sequence[int]
    chosen: int | None
    simulation: DueDaySimulation | None
    why_not: str
    refused: str
    changes: Sequence[DueDayChange]


def due_day_page(
    session: Session, subscription: Subscription, *, chosen: int | None, today: date
) -> DueDayPage:
    """What a contract may fall due on, and what choosing a day would do."""
    simulation, refused = None, ""
    why_not = blocked_today(session, subscription, today=today)
    if chosen is not None and not why_not:
        try:
            simulation = simulate_due_day(session, subscription, chosen, today=today)
        except Refusal as refusal:
            refused = refusal.message
    return DueDayPage(
        subscription=subscription,
        days=[day for day in DUE_DAYS if day != subscription.due_day],
        chosen=chosen,
        simulation=simulation,
        why_not=why_not,
        refused=refused,
        changes=list_due_day_changes(session, subscription.contract_id),
    )
