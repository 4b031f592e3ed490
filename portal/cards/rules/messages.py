"""What is written by WhatsApp when passing on a card link. Pure."""

from datetime import date

from portal.shared.brazil import format_date
from portal.shared.whatsapp import Person, Sender, opening


def card_message(*, to: Person, sender: Sender, label: str, last_day: date, link: str) -> str:
    """Where a contract's card is registered, by the link and the last day it works."""
    return (
        f"{opening(to, sender)}\n\nPara o pagamento do contrato {label}, cadastre o cartão neste link. Os "
        f"dados vão direto para a operadora do cartão. Vale até {format_date(last_day)}:\n{link}"
    )
