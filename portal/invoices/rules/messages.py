"""What is written by WhatsApp when passing on an invoice. Pure."""

from datetime import date

from portal.shared.brazil import format_date
from portal.shared.whatsapp import Person, Sender, opening


def invoice_message(*, to: Person, sender: Sender, label: str, due_on: date, link: str) -> str:
    """The invoice to pay, by its link. How much it is stands behind the link only."""
    return (
        f"{opening(to, sender)}\n\nA fatura {label}, com vencimento em {format_date(due_on)}, está pronta. "
        f"Neste link você vê o valor e escolhe como pagar:\n{link}"
    )
