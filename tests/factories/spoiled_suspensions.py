"""Faults planted among suspensions, see `spoiled_books`."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.factories.quotes import NOON

if TYPE_CHECKING:
    from tests.factories.spoiled_books import Books

TOMORROW = NOON + timedelta(days=1)


def _suspended_in_name_only(books: "Books") -> list[object]:
    books.spoil("UPDATE contracts SET state = 'suspended' WHERE id = :contract_id")
    return [books.contract_id]


def _suspended_early(books: "Books") -> list[object]:
    return _suspend(books, suspends_on=TOMORROW)


def _suspended_for_nothing(books: "Books") -> list[object]:
    return _suspend(books, suspends_on=NOON)


def _suspended_while_settling(books: "Books") -> list[object]:
    books.spoil(
        "INSERT INTO boleto_settlements (boleto_id, external_id, amount_cents, fee_cents, paid_at,"
        " settles_on, facts, told_at, settled_at) SELECT id, 'told', 19990, 0, :told_at, :settles_on, '{}',"
        " :told_at, :settled_at FROM boletos WHERE invoice_id = :opened",
        told_at=NOON - timedelta(hours=3),
        settles_on=TOMORROW.date(),
        settled_at=TOMORROW,
    )
    books.spoil(
        "UPDATE boletos SET state = 'paid', paid_at = now(), invoice_id = :paid WHERE invoice_id = :opened"
    )
    return _suspend(books, suspends_on=NOON)


def _suspend(books: "Books", *, suspends_on: datetime) -> list[object]:
    """A suspension since noon of the contract that owes nothing, for a notice that names a day."""
    books.spoil(
        "INSERT INTO overdue_notices (id, contract_id, partner_id, customer_id, invoice_id, reason,"
        " amount_cents, suspends_on, noticed_at)"
        " VALUES (9001, :contract_id, :partner_id, :customer_id, :paid, 'x', 1, :suspends_on, :noticed_at)",
        suspends_on=suspends_on.date(),
        noticed_at=NOON - timedelta(days=20),
    )
    books.spoil(
        "INSERT INTO suspensions (id, contract_id, partner_id, customer_id, notice_id, suspended_at)"
        " VALUES (9002, :contract_id, :partner_id, :customer_id, 9001, :at)",
        at=NOON,
    )
    return [9002]


OF_SUSPENSIONS = {
    "suspensões diferentes do contrato": _suspended_in_name_only,
    "suspensões antes do dia do aviso": _suspended_early,
    "serviços suspensos sem dívida": _suspended_for_nothing,
    "suspensões com boleto em compensação": _suspended_while_settling,
}
