"""What a seller writes by WhatsApp when passing on a proposal. Pure."""

from portal.shared.whatsapp import Person, Sender, opening


def proposal_message(*, to: Person, sender: Sender, label: str, link: str) -> str:
    """The proposal, by its link."""
    return (
        f"{opening(to, sender)}\n\nSegue a proposta {label}. Neste link você vê os valores, baixa o PDF e "
        f"responde:\n{link}"
    )
