"""Today's desk: what the first users of the demonstration find waiting, the same on any day.

A scene is the life of one quote, told by a generator: it yields how many days before the present it goes
on, and is given that instant. All scenes together leave a quote in every state.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.queries import loaded_list, price_list_on
from portal.customers.models import Customer
from portal.demo.selections import Negotiation, make_selection
from portal.demo.timeline import Timeline
from portal.quotes.models import Approval, Quote, QuoteVersion
from portal.quotes.operations.answering import accept_quote, decline_proposal, record_view
from portal.quotes.operations.approval import approve_quote, counter_quote, reject_quote
from portal.quotes.operations.copying import add_alternative
from portal.quotes.operations.drafting import create_quote, revise_quote
from portal.quotes.operations.sending import send_proposal, void_quote
from portal.quotes.operations.submitting import accept_counter, submit_quote
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.tokens import LinkToken

PHONE, COMPUTER = "Safari em iPhone", "Chrome em Windows"

type Scene = Generator[float, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A seller, who decides about their quotes, and their customers."""

    session: Session
    random: Random
    seller: Actor
    manager: Actor
    customers: list[Customer]

    def write(
        self,
        now: datetime,
        negotiation: Negotiation = Negotiation.WITHIN_AUTHORITY,
        *,
        customer: Customer | None = None,
        **wanted: Any,
    ) -> Quote:
        """A draft for this customer, else for one of them; `wanted` are fields of its selection."""
        published = price_list_on(self.session, day_of(now))
        if published is None:
            raise LookupError(f"no price list on {day_of(now)}")
        selection = make_selection(
            self.random,
            loaded_list(self.session, published.id),
            tier=self.seller.tier or "bronze",
            day=day_of(now),
            negotiation=negotiation,
        )
        return create_quote(
            self.session,
            customer=customer or self.random.choice(self.customers),
            selection=replace(selection, **wanted),
            price_list_id=published.id,
            actor=self.seller,
            now=now,
        )

    def submit(self, quote: Quote, now: datetime) -> Approval:
        """Ask the account manager."""
        argument = "O cliente tem proposta de um concorrente e decide nesta semana."
        approval = submit_quote(self.session, quote=quote, argument=argument, actor=self.seller, now=now)
        if approval is None:
            raise LookupError("this price needs no approval")
        return approval

    def counter(self, approval: Approval, now: datetime) -> None:
        """The account manager offers half of the way back to the Original."""
        version = self.session.get_one(QuoteVersion, approval.version_id)
        middle = (version.negotiated_cents + version.original_cents + 1) // 2
        counter_quote(
            self.session,
            approval=approval,
            counter_cents=middle,
            reason="Neste valor eu aprovo.",
            actor=self.manager,
            now=now,
        )

    def send(self, quote: Quote, now: datetime) -> LinkToken:
        """Mail the proposal."""
        return send_proposal(self.session, proposal=quote.proposal, actor=self.seller, now=now)


def play(timeline: Timeline, scene: Scene, *, pace: float = 1) -> None:
    """Put a scene on the timeline, step by step; all of it earlier with a `pace` above 1."""

    def go_on(now: datetime) -> None:
        try:
            plan_next(scene.send(now))
        except StopIteration:
            return

    def plan_next(days_before: float) -> None:
        timeline.plan(timeline.until - timedelta(days=days_before * pace), go_on)

    plan_next(next(scene))


def old_draft(stage: Stage) -> Scene:
    now = yield 4
    stage.write(now)


def pending(stage: Stage) -> Scene:
    now = yield 0.3
    quote = stage.write(now, Negotiation.BEYOND_AUTHORITY)
    now = yield 0.2
    stage.submit(quote, now)


def long_pending(stage: Stage) -> Scene:
    now = yield 5.1
    quote = stage.write(now, Negotiation.BEYOND_AUTHORITY)
    now = yield 5
    stage.submit(quote, now)


def approved(stage: Stage) -> Scene:
    now = yield 2
    approval = stage.submit(stage.write(now, Negotiation.BEYOND_AUTHORITY), now)
    now = yield 1
    approve_quote(stage.session, approval=approval, actor=stage.manager, now=now)


def countered(stage: Stage) -> Scene:
    now = yield 2.5
    approval = stage.submit(stage.write(now, Negotiation.BEYOND_AUTHORITY), now)
    now = yield 0.8
    stage.counter(approval, now)


def rejected(stage: Stage) -> Scene:
    now = yield 3
    approval = stage.submit(stage.write(now, Negotiation.BEYOND_AUTHORITY), now)
    now = yield 1.5
    reason = "O desconto fica abaixo da margem combinada. Tente um prazo maior."
    reject_quote(stage.session, approval=approval, reason=reason, actor=stage.manager, now=now)


def sent_unseen(stage: Stage) -> Scene:
    now = yield 0.4
    stage.send(stage.write(now), now)


def sent_seen(stage: Stage) -> Scene:
    now = yield 5
    token = stage.send(stage.write(now), now)
    now = yield 1
    record_view(stage.session, token=token, device=PHONE, now=now)


def sent_expiring(stage: Stage) -> Scene:
    now = yield 14
    token = stage.send(stage.write(now), now)
    now = yield 9
    record_view(stage.session, token=token, device=COMPUTER, now=now)


def several_alternatives(stage: Stage) -> Scene:
    now = yield 3
    quote = stage.write(now, Negotiation.NONE)
    first = stage.session.scalars(select(QuoteVersion).where(QuoteVersion.quote_id == quote.id)).one()
    for term in ("monthly", "semiannual", "annual"):
        if term != first.term:
            add_alternative(stage.session, quote=quote, term=term, actor=stage.seller, now=now)
    now = yield 2.9
    token = stage.send(quote, now)
    now = yield 2
    record_view(stage.session, token=token, device=PHONE, now=now)


def several_versions(stage: Stage) -> Scene:
    now = yield 9
    quote = stage.write(now, Negotiation.BEYOND_AUTHORITY)
    approval = stage.submit(quote, now)
    now = yield 8
    stage.counter(approval, now)
    now = yield 7.5
    accept_counter(stage.session, quote=quote, actor=stage.seller, now=now)
    token = stage.send(quote, now)
    now = yield 6
    record_view(stage.session, token=token, device=COMPUTER, now=now)
    now = yield 4
    revise_quote(stage.session, quote=quote, actor=stage.seller, now=now)
    stage.send(quote, now)


def accepted(stage: Stage) -> Scene:
    now = yield 3
    quote = stage.write(now)
    token = stage.send(quote, now)
    now = yield 2
    record_view(stage.session, token=token, device=PHONE, now=now)
    now = yield 1.9
    accept_quote(stage.session, token=token, quote_id=quote.id, now=now)


def declined(stage: Stage) -> Scene:
    now = yield 6
    token = stage.send(stage.write(now), now)
    now = yield 5
    decline_proposal(stage.session, token=token, reason="price", now=now)


def voided(stage: Stage) -> Scene:
    now = yield 7
    quote = stage.write(now)
    now = yield 6
    void_quote(stage.session, quote=quote, reason="wrong_data", actor=stage.seller, now=now)


def expired(stage: Stage) -> Scene:
    now = yield 20
    stage.send(stage.write(now), now)


EVERY_SCENE: tuple[Callable[[Stage], Scene], ...] = (
    old_draft,
    pending,
    long_pending,
    approved,
    countered,
    rejected,
    sent_unseen,
    sent_seen,
    sent_expiring,
    several_alternatives,
    several_versions,
    accepted,
    declined,
    voided,
    expired,
)
SOME_SCENES: tuple[Callable[[Stage], Scene], ...] = (pending, sent_seen, old_draft)
