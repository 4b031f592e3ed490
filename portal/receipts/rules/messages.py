"""What is written by WhatsApp when passing on a receipt. Pure."""

from portal.shared.whatsapp import Person, Sender, opening


def receipt_message(*, to: Person, sender: Sender, label: str, link: str) -> str:
    """The receipt of a paid invoice, by the link of the invoice."""
    return (
        f"{opening(to, sender)}\n\nRecebemos o pagamento da fatura {label}. Obrigado! O recibo em PDF está "
        f"neste link:\n{link}"
    )
