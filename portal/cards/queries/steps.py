"""How far the card is, for the contract's page."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.models.cards import CardRequest
from portal.cards.queries.cards import can_pay_by_card, find_card, find_latest_charge, find_latest_request
from portal.cards.queries.retries import next_try_of
from portal.cards.rules.cards import CardRequestState, ChargeState, refusal_in_words
from portal.contracts.models import Contract
from portal.contracts.queries.progress import StepsToPayment
from portal.contracts.queries.reading import bills_customer, payment_methods_of
from portal.contracts.rules.progress import Step, StepAction
from portal.contracts.rules.states import ContractState
from portal.shared.brazil import format_date, format_money
from portal.shared.filters import datetime_br
from portal.shared.payment_methods import Way
from portal.subscriptions.rules import BilledTo

CARD = "Cadastro do cartão"
_TONES = {
    ChargeState.SUCCEEDED: "good",
    ChargeState.DECLINED: "refused",
    ChargeState.CANCELED: "neutral",
}


def card_steps(session: Session, asked: StepsToPayment) -> list[Step]:
    """The card's steps of a loaded contract: registered, charged."""
    steps = (_card_step(session, asked.contract, asked.now), _charge_step(session, asked.contract))
    return [step for step in steps if step is not None]


def _card_step(session: Session, contract: Contract, now: datetime) -> Step | None:
    """Sent, opened, registered or expired, with times; None for a contract that needs no card."""
    uses_card = Way.CARD in payment_methods_of(contract)
    if not uses_card or not bills_customer(contract) or contract.state is ContractState.DRAFT:
        return None
    if not can_pay_by_card():
        words = "Indisponível: nenhuma operadora de cartão configurada. Combine outra forma com o cliente"
        return Step(title=CARD, state_words=words, since=None, tone="refused")
    if card := find_card(session, contract, billed_to=BilledTo.CUSTOMER):
        return Step(
            title=CARD,
            state_words=f"Cadastrado: {card.words}",
            since=card.registered_at,
            tone="good",
            action=_send("Pedir outro cartão", contract),
        )
    return _step_of_request(find_latest_request(session, contract.id), contract, now)


def _charge_step(session: Session, contract: Contract) -> Step | None:
    """What became of the last charge of a card; None when there was none."""
    charge = find_latest_charge(session, contract.id)
    if charge is None:
        return None
    words = f"{charge.state.label}: {format_money(charge.amount_cents)}, {charge.card.words}"
    if charge.state is ChargeState.DECLINED:
        who = charge.billed_to.label.lower()
        words += f" ({refusal_in_words(charge.reason)}). O {who} pode usar outro cartão ou pagar por Pix"
        next_try = next_try_of(session, charge) if contract.paid_at is None else None
        words += f". Nova tentativa em {format_date(next_try)}" if next_try else ""
    return Step(
        title="Cobrança no cartão",
        state_words=words,
        since=charge.settled_at or charge.created_at,
        tone=_TONES.get(charge.state, "waiting"),
    )


def _step_of_request(request: CardRequest | None, contract: Contract, now: datetime) -> Step:
    if request is None:
        return Step(
            title=CARD,
            state_words="Ainda não pedido ao cliente",
            since=contract.generated_at,
            tone="needs",
            action=_send("Enviar link do cartão", contract),
        )
    if request.state is CardRequestState.CANCELED:
        return Step(title=CARD, state_words=request.state.label, since=request.closed_at, tone="neutral")
    if request.state is CardRequestState.EXPIRED or request.expires_at <= now:
        return Step(
            title=CARD,
            state_words="Link expirado",
            since=request.expires_at,
            tone="needs",
            action=_send("Enviar novo link", contract),
        )
    words = f"Link enviado a {request.to_email}" if request.times_sent else "Link preparado para o WhatsApp"
    since = request.sent_at
    if request.opened_at is not None:
        words += f" em {datetime_br(request.sent_at)} e aberto pelo cliente"
        since = request.opened_at
    return Step(
        title=CARD,
        state_words=words,
        since=since,
        tone="waiting",
        action=_send("Reenviar link do cartão", contract),
    )


def _send(label: str, contract: Contract) -> StepAction:
    return StepAction(
        label=label,
        endpoint="cards.card_resend",
        values={"contract_id": contract.id},
        whatsapp="cards.card_by_whatsapp",
    )
