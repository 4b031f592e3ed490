"""Customers who pay by card: they open the link of the mail and type a card, as in a browser."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random

from sqlalchemy.orm import Session

from portal.cards.operations.requests import record_opening, start_setup
from portal.cards.operations.setup import report_confirmation
from portal.cards.queries.cards import find_live_request, find_open_setup
from portal.cards.rules.cards import CardSetupState
from portal.demo.history.afterwards import Afterwards
from portal.demo.worker import mailed_link
from portal.subscriptions.rules import BilledTo

# Numbers of the processor's sandbox, and how many in a hundred have them.
NUMBERS = {"4242424242424242": 88, "5555555555554444": 8, "4000000000000341": 4}
TRIES = 4
HOURS_BETWEEN = 6

type TypeCard = Callable[[str, str, str], None]  # the processor's registration, its secret, a card's number


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHolders:
    """Registers cards where a processor is there; `type_card` is what its script does in a browser."""

    timeline: Afterwards
    dice: Random
    type_card: TypeCard | None

    @property
    def session(self) -> Session:
        """Where all of it is written."""
        return self.timeline.session

    def plan(self, contract_id: int, now: datetime) -> None:
        """Soon the customer of a contract opens the link, if there is one."""
        self.timeline.plan_later(now, self.dice.uniform(3, 60), partial(self._open, contract_id))

    def _open(self, contract_id: int, now: datetime) -> None:
        request = find_live_request(self.session, contract_id, billed_to=BilledTo.CUSTOMER)
        if self.type_card is None or request is None:
            return
        record_opening(self.session, request=request, now=now)
        start_setup(self.session, request=request, now=now)
        number = self.dice.choices(list(NUMBERS), list(NUMBERS.values()))[0]
        self.timeline.plan_later(now, HOURS_BETWEEN, partial(self._type, contract_id, number, TRIES))

    def _type(self, contract_id: int, number: str, tries: int, now: datetime) -> None:
        """Once the processor is ready, which the queue sees to."""
        request = find_live_request(self.session, contract_id, billed_to=BilledTo.CUSTOMER)
        setup = find_open_setup(self.session, request.id) if request is not None else None
        if request is None or setup is None or self.type_card is None:
            return
        if setup.state is CardSetupState.READY and setup.processor_setup:
            self.type_card(setup.processor_setup, setup.secret, number)
            token = mailed_link(self.session, "card_request", request.id, now=now)
            report_confirmation(self.session, token=token, now=now)
        elif tries:
            again = partial(self._type, contract_id, number, tries - 1)
            self.timeline.plan_later(now, HOURS_BETWEEN, again)
