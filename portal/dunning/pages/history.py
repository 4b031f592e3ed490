"""Reminders, and what came back, as lines of a customer's history."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.customers.queries.history import HistoryBesideLog, HistoryRows, Told
from portal.dunning.queries import history
from portal.dunning.rules.steps import Channel, when
from portal.whatsapp.rules.inbound import Intent


def history_beside_log(_session: Session, asked: HistoryBesideLog) -> Sequence[HistoryRows]:
    """Reminders of a customer by whatever way, and what it wrote by WhatsApp."""
    customer = asked.customer
    return (
        HistoryRows(
            name="dunning_messages",
            kind="avisos",
            rows=history.reminders(customer),
            in_words=_reminder_words,
        ),
        HistoryRows(
            name="whatsapp_received",
            kind="avisos",
            rows=history.received(customer),
            in_words=_received_words,
        ),
    )


def _reminder_words(facts: Mapping[str, Any]) -> Told:
    channel = Channel(facts["fell_back_to"] or facts["channel"]).label.lower()
    failed = " (o WhatsApp não chegou)" if facts["fell_back_to"] else ""
    told = f"Lembrete por {channel}{failed}: fatura {facts['number']:06d}, {when(facts['days'])}"
    return Told(told, "mail_messages", facts["invoice_id"])


def _received_words(facts: Mapping[str, Any]) -> Told:
    intent = Intent(facts["intent"])
    said = "" if intent is Intent.OTHER else f" ({intent.label.lower()})"
    return Told(f"WhatsApp recebido{said}: “{facts['text']}”", "mail_messages")
