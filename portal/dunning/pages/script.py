"""What to say in a call about an invoice."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.dunning.models import DunningMessage
from portal.dunning.queries.calling import Paying
from portal.dunning.queries.offers import cheaper_terms
from portal.dunning.rules.calls import split_greeting
from portal.dunning.rules.texts import fill
from portal.invoices.models import Invoice
from portal.referrals.pages import referral_offer
from portal.shared.brazil import format_money

PRAISE = "sempre paga em dia"


class ScriptPart(NamedTuple):
    """A part of what to say on the phone."""

    heading: str
    words: str


def call_script(
    session: Session,
    message: DunningMessage,
    invoice: Invoice,
    paying: Paying,
    values: dict[str, str],
    *,
    today: date,
) -> Sequence[ScriptPart]:
    """What to say about a loaded reminder: greeting by name, reason, help, and an offer where one fits.

    A step's text that greets by itself greets in place of ours: nobody is greeted twice.
    """
    greeting, reason = split_greeting(fill(message.step.body, values))
    if not greeting:
        greeting = f"Olá, {values['nome'].partition(' ')[0]}! Aqui é da equipe de {values['parceiro']}."
    if paying.paid and paying.in_time == paying.paid and PRAISE not in reason:
        greeting += f" Você {PRAISE}, e agradecemos por isso."
    offers = [
        f"No plano {saving.term.label.lower()}, o mesmo sai por {format_money(saving.monthly_cents)} "
        f"por mês: {format_money(saving.saved_in_term_cents)} a menos em {saving.term.months} meses."
        for saving in cheaper_terms(session, invoice.contract_id, today=today)
    ]
    referral = referral_offer(session, invoice.customer_id)
    if referral is not None:
        offers.append(
            f"Quem indica ganha {referral.amount} de desconto, e quem chega também. "
            f"O código deste cliente é {referral.code}."
        )
    parts = [
        ScriptPart("Cumprimento", greeting),
        ScriptPart("Motivo", reason),
        ScriptPart(
            "Ajuda",
            "Posso mandar agora o Pix e o boleto por e-mail ou WhatsApp e esperar na linha. Se for melhor, "
            "combinamos um dia ou dividimos em partes.",
        ),
    ]
    return [*parts, *([ScriptPart("Oferta", " ".join(offers))] if offers else [])]
