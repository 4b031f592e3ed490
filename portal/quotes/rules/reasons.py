"""Closed lists of reasons: why a customer declines, why a quote is voided, why a price is refused."""

from collections.abc import Mapping

from portal.shared.refusals import Refusal

LONGEST_TEXT = 2_000

DECLINE_REASONS: Mapping[str, str] = {
    "price": "O preço está acima do que posso pagar",
    "features": "Falta algo de que preciso",
    "competitor": "Escolhi outro sistema",
    "timing": "Agora não é o momento",
    "no_longer_needed": "Não preciso mais",
    "other": "Outro motivo",
}
"""What a customer can choose when declining: code → words on the page."""

VOID_REASONS: Mapping[str, str] = {
    "customer_gave_up": "O cliente desistiu",
    "wrong_data": "Os dados estavam errados",
    "duplicate": "Orçamento em duplicidade",
    "replaced": "Substituído por outro orçamento",
    "other": "Outro motivo",
}
"""What a reseller can choose when voiding: code → words on the page."""

OTHER_ALTERNATIVE = "other_alternative"
VOID_LABELS: Mapping[str, str] = {
    **VOID_REASONS,
    OTHER_ALTERNATIVE: "O cliente aceitou outra alternativa da proposta",
}
"""Every reason a voided version may carry, those the portal gives itself included."""


def require_reason(reason: str, allowed: Mapping[str, str], *, note: str = "") -> None:
    """A reason of the list; with "other" it must be said in words.

    Raises:
        Refusal: at field `reason` or `note`.
    """
    if reason not in allowed:
        raise Refusal("Escolha um dos motivos da lista.", field="reason")
    if reason == "other" and not note.strip():
        raise Refusal("Conte em poucas palavras qual é o motivo.", field="note")
    require_length(note, field="note")


def require_text(text: str, *, field: str, message: str) -> str:
    """The text without surrounding space; refused at `field` when nothing is left."""
    if not text.strip():
        raise Refusal(message, field=field)
    return require_length(text, field=field)


def require_length(text: str, *, field: str) -> str:
    """The text without surrounding space; refused at `field` when longer than anybody would read."""
    if len(text.strip()) > LONGEST_TEXT:
        raise Refusal(f"Escreva no máximo {LONGEST_TEXT} letras.", field=field)
    return text.strip()
