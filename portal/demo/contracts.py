"""What becomes of the year's accepted quotes: most are signed and paid, some are dropped."""

from datetime import datetime
from enum import Enum
from functools import partial
from random import Random

from portal.contracts.models import Contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.queries.reading import breakdown_of
from portal.contracts.rules.states import ContractState
from portal.demo.contracting import Contracting
from portal.demo.timeline import Timeline
from portal.shared.auth import Actor
from portal.shared.clock import day_of

DECLINE_REASONS = (
    "O valor da implantação não é o que combinamos.",
    "Decidi ficar mais um ano com o sistema atual.",
    "Falta a segunda loja no contrato.",
)
CANCEL_REASONS = ("O cliente fechou com outro fornecedor.", "A loja não vai mais abrir.")


class Fate(Enum):
    """How a contract ends, if it lives to see the day."""

    ACTIVE = "active"
    CANCELED = "canceled"
    DECLINED = "declined"
    EXPIRED = "expired"


class ContractStory:
    """Plans the life of one contract after another on a timeline."""

    def __init__(
        self, contracting: Contracting, random: Random, sellers: dict[int, Actor], timeline: Timeline
    ) -> None:
        self.contracting = contracting
        self.session = contracting.session
        self.random = random
        self.sellers = sellers
        self.timeline = timeline

    def begin(self, quote_id: int, now: datetime) -> None:
        """A customer accepted a quote."""
        contract = self.contracting.contract_of(quote_id)
        seller = self.sellers[contract.quote.owner_id]
        fate = self._fate_of(contract)
        if fate is Fate.CANCELED:
            self.timeline.plan_later(
                now, self.random.uniform(24, 200), partial(self._cancel, contract, seller)
            )
        else:
            self.timeline.plan_later(
                now, self.random.uniform(2, 40), partial(self._generate, contract, seller, fate)
            )

    def _fate_of(self, contract: Contract) -> Fate:
        """Mostly active; of those whose paid time would be over by now, only a few ever were."""
        covered_until = breakdown_of(contract).payments[0].covers_until
        lasts = covered_until >= day_of(self.timeline.until)
        weights = (17, 1, 1, 1) if lasts else (2, 12, 3, 3)
        return self.random.choices(list(Fate), weights)[0]

    def _cancel(self, contract: Contract, seller: Actor, now: datetime) -> None:
        reason = self.random.choice(CANCEL_REASONS)
        cancel_contract(self.session, contract=contract, reason=reason, actor=seller, now=now)

    def _generate(self, contract: Contract, seller: Actor, fate: Fate, now: datetime) -> None:
        self.contracting.generate(contract, seller, now)
        if fate is not Fate.EXPIRED:
            self.timeline.plan_later(now, self.random.uniform(1, 50), partial(self._answer, contract, fate))

    def _answer(self, contract: Contract, fate: Fate, now: datetime) -> None:
        self.contracting.open_link(contract, now)
        if fate is Fate.DECLINED:
            self.contracting.decline(contract, now, reason=self.random.choice(DECLINE_REASONS))
        elif self.contracting.sign(contract, now):
            self.timeline.plan_later(now, self.random.uniform(30, 110), partial(self._pay, contract))

    def _pay(self, contract: Contract, now: datetime) -> None:
        if contract.state is ContractState.AWAITING_PAYMENT:
            self.contracting.pay(contract, now)
