"""A fault planted among messages by WhatsApp, see `spoiled_books`."""

from typing import TYPE_CHECKING

from portal.whatsapp.models import WhatsAppMessage
from portal.whatsapp.rules.messages import Category, MessageState
from tests.factories.quotes import NOON

if TYPE_CHECKING:
    from tests.factories.spoiled_books import Books


def _silent_line(books: "Books") -> list[object]:
    message = WhatsAppMessage(
        key="spoiled",
        kind="invoice",
        subject_id=books.opened,
        phone="5547991230001",
        user_id="",
        to_name="Maria",
        state=MessageState.UNKNOWN,
        category=Category.UTILITY,
        queued_at=NOON,
        asked_at=NOON,
    )
    books.session.add(message)
    books.session.flush()
    return [message.id]


OF_WHATSAPP = {"mensagens de WhatsApp sem resposta há mais de um dia": _silent_line}
