"""Faults planted among notas fiscais, see `spoiled_books`."""

from typing import TYPE_CHECKING

from portal.invoices.models import Invoice
from portal.tax_notes.rules.states import NoteState
from tests.factories.tax_notes import make_note

if TYPE_CHECKING:
    from tests.factories.spoiled_books import Books


def _dearer_tax_note(books: "Books") -> list[object]:
    make_note(books.session, books.session.get_one(Invoice, books.paid))
    books.spoil("UPDATE tax_notes SET amount_cents = amount_cents + 1")
    return [books.paid]


def _ended_by_nobody(books: "Books") -> list[object]:
    note = make_note(books.session, books.session.get_one(Invoice, books.paid))
    books.spoil("UPDATE tax_notes SET state = 'canceled', ended_at = now()")
    return [note.id]


def _lost_tax_note(books: "Books") -> list[object]:
    make_note(books.session, books.session.get_one(Invoice, books.paid))
    books.spoil("DELETE FROM tax_notes")
    return ["1"]


def _silent_tax_office(books: "Books") -> list[object]:
    note = make_note(books.session, books.session.get_one(Invoice, books.paid), state=NoteState.REJECTED)
    books.spoil("UPDATE tax_notes SET state = 'sent'")
    return [note.id]


OF_TAX_NOTES = {
    "notas fiscais diferentes das suas faturas": _dearer_tax_note,
    "notas fiscais com fim sem evento": _ended_by_nobody,
    "números de nota fiscal sem nota": _lost_tax_note,
    "notas fiscais sem resposta há mais de um dia": _silent_tax_office,
}
