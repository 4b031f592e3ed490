"""The steps of a contract: its own, and what rooms downstream add (card, payment, coverage)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import facts_of
from portal.contracts.rules.progress import Step, what_is_missing
from portal.contracts.rules.states import WAITS, ContractState
from portal.shared.clock import day_of
from portal.shared.questions import Question, ask
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.queries.envelopes import list_events
from portal.signatures.rules.states import EnvelopeState, EventKind

REMARKABLE = {
    EventKind.SENT: "Enviado para {email}, ainda não aberto",
    EventKind.RESENT: "Enviado de novo para {email}, ainda não aberto",
    EventKind.REMINDED: "Lembrete enviado para {email}",
    EventKind.OPENED: "Aberto pelo responsável, ainda não assinado",
    EventKind.VIEWED: "Aberto pelo responsável, ainda não assinado",
    EventKind.AGREED: "Lido pelo responsável, ainda não assinado",
    EventKind.CODE_SENT: "Código enviado ao responsável, ainda não assinado",
    EventKind.POSTPONED: "O responsável deixou para assinar depois",
}


@dataclass(frozen=True, slots=True)
class StepsToPayment(Question[Sequence[Step]]):
    """Which steps of a loaded contract lead to its first payment, besides document and signature."""

    contract: Contract
    now: datetime


@dataclass(frozen=True, slots=True)
class StepsAfterPayment(Question[Sequence[Step]]):
    """Which steps of a loaded contract follow its activation."""

    contract: Contract
    now: datetime


def steps_of(session: Session, contract: Contract, envelope: Envelope | None, *, now: datetime) -> list[Step]:
    """How far a loaded contract is, step by step. `envelope` is its own, None before there is one."""
    events = list_events(session, envelope.id) if envelope else []
    steps = [_document(contract), _signature(contract, envelope, events)]
    for more in ask(session, StepsToPayment(contract, now)):
        steps.extend(more)
    steps.extend((_payment(contract), _activation(contract, now=now)))
    for more in ask(session, StepsAfterPayment(contract, now)):
        steps.extend(more)
    return steps


def _document(contract: Contract) -> Step:
    if contract.is_being_generated:
        return Step(
            title="Documento",
            state_words="Sendo preparado",
            since=contract.generation_asked_at,
            tone="waiting",
        )
    if contract.generated_at is None:
        tone = "needs" if contract.state is ContractState.DRAFT else "neutral"
        return Step(title="Documento", state_words="Ainda não gerado", since=contract.created_at, tone=tone)
    return Step(title="Documento", state_words="Gerado", since=contract.generated_at, tone="good")


def _signature(contract: Contract, envelope: Envelope | None, events: Sequence[EnvelopeEvent]) -> Step:
    if envelope is None or contract.is_being_generated:
        words = "Vem depois do documento"
        return Step(title="Assinatura", state_words=words, since=None, tone="neutral")
    if envelope.state is not EnvelopeState.OPEN:
        return _ended(envelope, events)
    last = next((event for event in reversed(events) if event.kind in REMARKABLE), None)
    words = REMARKABLE[last.kind].format(email=envelope.signer_email) if last else envelope.state.label
    return Step(
        title="Assinatura",
        state_words=words,
        since=last.at if last else envelope.created_at,
        tone="waiting",
    )


def _ended(envelope: Envelope, events: Sequence[EnvelopeEvent]) -> Step:
    signed = envelope.state in (EnvelopeState.SIGNED, EnvelopeState.SEALING)
    words = f"Assinado por {envelope.signer_name}" if signed else envelope.state.label
    if envelope.decline_reason:
        words = f"{words}: {envelope.decline_reason}"
    refused = envelope.state in (EnvelopeState.DECLINED, EnvelopeState.EXPIRED)
    return Step(
        title="Assinatura",
        state_words=words,
        since=envelope.signed_at or (events[-1].at if events else envelope.created_at),
        tone="good" if signed else "refused" if refused else "neutral",
    )


def _payment(contract: Contract) -> Step:
    title = "Primeiro pagamento"
    if contract.paid_at is not None:
        return Step(title=title, state_words="Recebido", since=contract.paid_at, tone="good")
    if not contract.needs_payment:
        return Step(title=title, state_words="Nada a cobrar", since=None, tone="good")
    if contract.state not in WAITS or contract.generated_at is None:
        words = "Vem depois do documento" if contract.state is ContractState.DRAFT else "Não houve"
        return Step(title=title, state_words=words, since=None, tone="neutral")
    return Step(title=title, state_words="Ainda não recebido", since=contract.generated_at, tone="waiting")


def _activation(contract: Contract, *, now: datetime) -> Step:
    title = "Ativação"
    if contract.activated_at is not None and contract.starts_on is not None:
        begins_later = contract.starts_on > day_of(now)
        words = f"Ativo {'a partir de' if begins_later else 'desde'} {contract.starts_on:%d/%m/%Y}"
        return Step(title=title, state_words=words, since=contract.activated_at, tone="good")
    missing = what_is_missing(facts_of(contract))
    if missing is None:
        return Step(title=title, state_words=contract.state.label, since=contract.closed_at, tone="neutral")
    is_ours = contract.state is ContractState.DRAFT and not contract.is_being_generated
    tone = "needs" if is_ours else "waiting"
    return Step(title=title, state_words=missing.words, since=missing.since, tone=tone)
