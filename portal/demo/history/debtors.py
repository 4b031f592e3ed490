"""Customers in trouble: months unpaid, an agreement signed like a contract, kept or broken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.agreements.models import Agreement
from portal.agreements.operations.offering import make_agreement
from portal.agreements.queries.debts import limits_of, list_debts
from portal.agreements.queries.reading import load_agreement
from portal.agreements.rules.terms import terms_of, usual
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.customers.queries.reading import load_customer
from portal.demo.contracting import Contracting
from portal.demo.history.afterwards import Afterwards, trying
from portal.sandbox_bank.operations.paying import set_habit
from portal.sandbox_bank.rules.habits import PayingHabit
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import BilledTo

IN_FORCE_FOR = timedelta(days=100)
UNPAID_FOR = timedelta(days=52)
DAY_HOURS = 24
PAYS_BY_THEMSELVES = ("boleto", "ted", "ted_boleto")


class Course(Enum):
    """How an agreement goes."""

    KEPT = "kept"
    BROKEN = "broken"
    UNSIGNED = "unsigned"


# So many days before the end of the history somebody stops paying, and what comes of the agreement.
TROUBLES: Sequence[tuple[int, Course]] = (
    (470, Course.KEPT),
    (400, Course.BROKEN),
    (330, Course.KEPT),
    (250, Course.BROKEN),
    (170, Course.KEPT),
    (110, Course.KEPT),
    (53, Course.UNSIGNED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtors:
    """Plans each trouble."""

    contracting: Contracting
    timeline: Afterwards
    dice: Random

    @property
    def session(self) -> Session:
        """Where all of it is written."""
        return self.timeline.session

    def plan(self) -> None:
        """Put all of them on the timeline."""
        for days, course in TROUBLES:
            at = self.timeline.until - timedelta(days=days)
            self.timeline.in_working_hours(at, partial(self._stop_paying, course))

    def _stop_paying(self, course: Course, now: datetime) -> None:
        customer_id = self._somebody(now)
        if customer_id is not None:
            self._pays(customer_id, PayingHabit.NEVER, now)
            later = UNPAID_FOR / timedelta(hours=1)
            self.timeline.plan_later(now, later, partial(self._agree, customer_id, course))

    def _agree(self, customer_id: int, course: Course, now: datetime) -> None:
        """The customer alone, by the usual terms, in its own area."""
        session, today = self.session, day_of(now)
        debts, limits = list_debts(session, customer_id, today=today), limits_of(session)
        signatory = load_customer(session, customer_id).signatory
        if not debts or signatory is None:
            return
        with trying(session):
            wanted = usual(debts, limits, today=today)
            agreement = make_agreement(
                session,
                customer_id=customer_id,
                invoice_ids=[debt.invoice_id for debt in debts],
                wanted=wanted,
                seen=terms_of(debts, wanted, limits=limits, today=today).seen,
                actor=None,
                made_for=signatory.email,
                now=now,
            )
            if course is not Course.UNSIGNED:
                self.timeline.plan_later(now, 5, partial(self._sign, customer_id, agreement.id, course))

    def _sign(self, customer_id: int, agreement_id: int, course: Course, now: datetime) -> None:
        """Once the queue has printed the paper; then the customer pays again, or not for long."""
        agreement = load_agreement(self.session, agreement_id)
        with trying(self.session):
            if agreement.envelope_id is not None:
                self.contracting.sign_envelope(agreement.envelope_id, now)
        self._pays(customer_id, PayingHabit.ON_TIME, now)
        if course is Course.BROKEN:
            stops = partial(self._pays, customer_id, PayingHabit.NEVER)
            self.timeline.plan_later(now, 12 * DAY_HOURS, stops)
            pays = partial(self._pays, customer_id, PayingHabit.ON_TIME)
            self.timeline.plan_later(now, 75 * DAY_HOURS, pays)

    def _pays(self, customer_id: int, habit: PayingHabit, _now: datetime) -> None:
        customer = load_customer(self.session, customer_id)
        set_habit(self.session, customers=[customer], habit=habit, days_late=0)

    def _somebody(self, now: datetime) -> int | None:
        """Who has been a customer for some months, pays invoices of its own, and has no agreement yet."""
        troubled = select(Agreement.customer_id)
        found = (
            select(Contract.customer_id)
            .join(Subscription, Subscription.contract_id == Contract.id)
            .where(
                Contract.state == ContractState.ACTIVE,
                Contract.customer_id.not_in(troubled),
                Subscription.billed_to == BilledTo.CUSTOMER,
                Subscription.cycle == "monthly",
                Subscription.payment_method.in_(PAYS_BY_THEMSELVES),
                Subscription.activated_at < now - IN_FORCE_FOR,
            )
            .order_by(Contract.customer_id)
        )
        ids = self.session.scalars(found.distinct()).all()
        return self.dice.choice(ids) if ids else None
