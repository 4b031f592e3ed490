"""Why the processor did not give money back, in words. Pure."""

DISPUTED = "charge_disputed"
_CONTESTED = "Quem pagou contestou a compra no banco: a operadora não devolve enquanto isso."
_CARD_GONE = "O banco recusou: o cartão foi cancelado. Combine outra conta com quem pagou."
_REASONS = {
    "charge_already_refunded": "A operadora diz que este pagamento não tem mais este valor para devolver.",
    DISPUTED: _CONTESTED,
    "refund_disputed_payment": _CONTESTED,
    "charge_expired_for_refund": "O pagamento é antigo demais para a operadora devolver.",
    "lost_or_stolen_card": _CARD_GONE,
    "expired_or_canceled_card": _CARD_GONE,
    "insufficient_funds": "O saldo na operadora não bastou. Peça de novo quando houver saldo.",
}
OTHERWISE = "A operadora não conseguiu devolver. Veja o motivo no painel dela."


def refund_failure_in_words(code: str) -> str:
    """Why a refund was not made, as finance reads it."""
    return _REASONS.get(code, OTHERWISE)
