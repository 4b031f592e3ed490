"""What a customer's timeline says of invoices that a billing run made, and of the mails about invoices."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.customers.queries.history import HistoryBesideLog, HistoryRows, Told
from portal.invoices.queries.history import mails_about_invoices, run_invoices
from portal.invoices.rules.states import invoice_label
from portal.shared.brazil import format_date, format_money
from portal.shared.mail_rows import MailState

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
