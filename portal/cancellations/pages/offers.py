"""What a customer who wants to leave is offered, once, in its own area."""

from collections.abc import Sequence

from portal.cancellations.rules.cases import FITTING, Offer, Reason

OFFER_WORDS = {
    Offer.SUPPORT: "Uma pessoa do atendimento acompanha o seu caso até resolver.",
    Offer.TRAINING: "Um treinamento para a sua equipe aproveitar melhor o sistema.",
    Offer.OTHER_PLAN: "Outro plano ou outro prazo, com uma mensalidade que cabe melhor.",
    Offer.PAUSE: "Uma pausa combinada, em vez do cancelamento.",
    Offer.DISCOUNT: "Um desconto, dentro do que podemos oferecer.",
}


def offers_shown(reason: Reason) -> Sequence[tuple[Offer, str]]:
    """The offers that fit a reason, each with its sentence."""
    return [(offer, OFFER_WORDS[offer]) for offer in FITTING[reason]]
