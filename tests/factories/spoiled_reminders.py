"""Faults planted among reminders, see `spoiled_books`."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.factories.quotes import NOON

if TYPE_CHECKING:
    from tests.factories.spoiled_books import Books

_REMINDER = """
INSERT INTO dunning_messages (id, run_id, step_id, partner_id, customer_id, contract_id, invoice_id, channel,
    days, open_cents, queued_at)
SELECT :id, 1, 1, partner_id, customer_id, contract_id, id, 'email', 5, 1, :at FROM invoices WHERE id = :about
"""
_MAIL = """
INSERT INTO mail_messages (key, kind, subject_id, facts, to_address, to_name, reply_to, message_id, is_urgent,
    is_of_run, state, last_error, created_at, sent_at)
VALUES (:key, 'dunning_reminder', 9005, '{}', :to, 'Maria', '', :key, false, true, 'sent', '', :at, :at)
"""
_CHAT = """
INSERT INTO whatsapp_messages (key, kind, subject_id, phone, user_id, to_name, template, state, category,
    attempts, queued_at, asked_at)
VALUES ('c', 'dunning_reminder', 9005, '5547991230001', '', 'Maria', 't', 'delivered', 'utility', 1, :at, :at)
"""


def _reminded(books: "Books", about: int, at: datetime) -> None:
    books.spoil(_REMINDER, id=9005, about=about, at=at)
    books.spoil(_MAIL, key="one", to="Maria@paoquente.com.br", at=at)
    books.spoil(_MAIL, key="other", to="jose@paoquente.com.br", at=at)  # two people are no repetition


def _reminded_twice(books: "Books") -> list[object]:
    _reminded(books, books.opened, NOON)
    books.spoil(_CHAT, at=NOON)
    return [books.opened]


def _reminded_late(books: "Books") -> list[object]:
    _reminded(books, books.paid, NOON + timedelta(hours=1))
    return [books.paid]


OF_REMINDERS = {
    "lembretes repetidos de um passo": _reminded_twice,
    "lembretes de faturas já pagas": _reminded_late,
}
