"""Customers who want to leave: some stay, some go, some end a part, one comes back, one is still asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import cancel, fingerprint, retain
from portal.cancellations.operations.opening import argue, open_case
from portal.cancellations.operations.taking_back import take_back
from portal.cancellations.queries.cases import load_case
from portal.cancellations.queries.settlement import facts_of, services_in
from portal.cancellations.rules.cases import Answer, Reason, offers_for
from portal.cancellations.rules.settlement import settle
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.demo.history.afterwards import Afterwards, trying
from portal.shared.auth import Actor
from portal.shared.clock import day_of


class End(Enum):
    """What comes of a case."""

    RETAINED = "retained"
    CANCELED = "canceled"
    PARTIAL = "partial"
    TAKEN_BACK = "taken_back"
    OPEN = "open"


# At which part of the history somebody asks, why, in which words, and what comes of it.
CASES: Sequence[tuple[float, Reason, str, End]] = (
    (0.30, Reason.PRICE, "Ficou caro para o movimento da loja.", End.RETAINED),
    (0.38, Reason.CLOSED, "Vendi o ponto no mês passado.", End.CANCELED),
    (0.45, Reason.NOT_USED, "Não usamos este aplicativo.", End.PARTIAL),
    (0.52, Reason.HARD_TO_USE, "A equipe não se acostumou com o caixa.", End.RETAINED),
    (0.60, Reason.COMPETITOR, "O contador usa outro sistema.", End.CANCELED),
    (0.66, Reason.SUPPORT, "Esperei dois dias por uma resposta.", End.TAKEN_BACK),
    (0.72, Reason.PRICE, "Recebi uma proposta mais barata.", End.CANCELED),
    (0.80, Reason.NOT_USED, "Este recurso ficou parado.", End.PARTIAL),
    (0.86, Reason.MISSING_FEATURE, "Falta a integração com a balança.", End.RETAINED),
    (0.92, Reason.CLOSED, "A filial fechou.", End.CANCELED),
    (0.97, Reason.PRICE, "O aluguel subiu, preciso cortar custos.", End.CANCELED),
    (0.998, Reason.HARD_TO_USE, "Não consigo emitir as notas sozinha.", End.OPEN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Plans the cases; each is about a contract that nobody asked about before."""

    timeline: Afterwards
    dice: Random
    people: Mapping[str, Actor]

    @property
    def session(self) -> Session:
        """Where all of it is written."""
        return self.timeline.session

    def plan(self, *, start: datetime) -> None:
        """Put all of them on the timeline."""
        span = self.timeline.until - start
        for place, reason, words, end in CASES:
            self.timeline.in_working_hours(start + span * place, partial(self._open, reason, words, end))

    def _open(self, reason: Reason, words: str, end: End, now: datetime) -> None:
        contract = self._somebody(end)
        if contract is None:
            return
        signatory = contract.customer.signatory
        alone = self.dice.random() < 0.5
        services = list(services_in(contract))[:1] if end is End.PARTIAL else []
        with trying(self.session):
            case = open_case(
                self.session,
                contract=contract,
                reason=reason,
                words=words,
                services=services,
                actor=None if alone else self.people["davi"],
                asked_by=signatory.email if alone and signatory else "",
                now=now,
            )
            if end is not End.OPEN:
                self.timeline.plan_later(now, self.dice.uniform(2, 30), partial(self._offer, case.id, end))

    def _offer(self, case_id: int, end: End, now: datetime) -> None:
        case = load_case(self.session, case_id)
        stays = end is End.RETAINED
        offer = offers_for(case.reason)[0]
        with trying(self.session):
            argue(
                self.session,
                case=case,
                offer=offer,
                answer=Answer.ACCEPTED if stays else Answer.DECLINED,
                words=f"Ofereci: {offer.label.lower()}.",
                actor=self.people["davi"],
                now=now,
            )
            self.timeline.plan_later(now, self.dice.uniform(1, 40), partial(self._decide, case_id, end))

    def _decide(self, case_id: int, end: End, now: datetime) -> None:
        case, davi = load_case(self.session, case_id), self.people["davi"]
        with trying(self.session):
            if end is End.RETAINED:
                until = day_of(now) + timedelta(days=30)
                words = "Fica, com o que foi combinado."
                retain(self.session, case=case, outcome=words, follow_up_on=until, actor=davi, now=now)
                return
            contract = load_contract(self.session, case.contract_id)
            shown = settle(facts_of(self.session, contract, today=day_of(now), services=case.services))
            words = "Confirmou o cancelamento."
            cancel(self.session, case=case, outcome=words, seen=fingerprint(shown), actor=davi, now=now)
            if end is End.TAKEN_BACK:
                self.timeline.plan_later(now, 20, partial(self._return, case_id))

    def _return(self, case_id: int, now: datetime) -> None:
        with trying(self.session):
            take_back(
                self.session,
                case=load_case(self.session, case_id),
                reason="Falou com o suporte e quer continuar.",
                actor=self.people["davi"],
                now=now,
            )

    def _somebody(self, end: End) -> Contract | None:
        """A contract in force that nobody asked to end; one with something beside the plan, for a part."""
        asked = select(CancellationCase.contract_id)
        found = select(Contract.id).where(Contract.state == ContractState.ACTIVE, Contract.id.not_in(asked))
        ids = self.session.scalars(found.order_by(Contract.id)).all()
        contracts = [load_contract(self.session, each) for each in ids]
        fitting = [each for each in contracts if end is not End.PARTIAL or services_in(each)]
        return self.dice.choice(fitting) if fitting else None
