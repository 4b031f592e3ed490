"""What is written by WhatsApp when passing on a contract's signing link. Pure."""

from datetime import date

from portal.shared.brazil import format_date
from portal.shared.whatsapp import Person, Sender, opening


def signature_message(*, to: Person, sender: Sender, label: str, last_day: date, link: str) -> str:
    """The contract to sign, by its link and the last day it works."""
    return (
        f"{opening(to, sender)}\n\nO contrato {label} está pronto para assinatura. Leia e assine neste link, "
        f"que vale até {format_date(last_day)}:\n{link}"
    )
