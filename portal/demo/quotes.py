"""A year of quotes, told through the real operations: written, negotiated, approved, sent, answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import PriceList
from portal.catalog.queries import loaded_list, price_list_on
from portal.customers.models import Customer
from portal.demo.selections import any_negotiation, make_selection
from portal.demo.timeline import Timeline
from portal.quotes.models import Approval, Quote, QuoteVersion
from portal.quotes.operations.answering import accept_quote, decline_proposal, record_view
from portal.quotes.operations.approval import approve_quote, counter_quote, reject_quote
from portal.quotes.operations.copying import add_alternative
from portal.quotes.operations.drafting import create_quote
from portal.quotes.operations.sending import send_proposal, void_quote
from portal.quotes.operations.submitting import accept_counter, submit_quote
from portal.quotes.rules.reasons import DECLINE_REASONS, VOID_REASONS
from portal.quotes.rules.states import ApprovalState, QuoteState
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.refusals import Refusal
from portal.shared.tokens import LinkToken

ARGUMENTS = (
    "O cliente tem proposta de um concorrente por menos e fecha hoje com este valor.",
    "São três lojas do mesmo dono; esta é a primeira a migrar.",
    "Cliente antigo da revenda, quer trocar todos os caixas até o fim do mês.",
)
REFUSAL_REASONS = (
    "O desconto fica abaixo da margem combinada. Tente um prazo maior.",
    "Sem um aplicativo pago, este preço não se sustenta.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part: sellers and customers of each partner, and who decides about it."""

    sellers: Mapping[int, list[Actor]]
    managers: Mapping[int, Actor]
    customers: Mapping[int, list[Customer]]


class QuoteStory:
    """Plans the life of one quote after another on a timeline."""

    def __init__(
        self,
        session: Session,
        random: Random,
        cast: Cast,
        timeline: Timeline,
        *,
        go_on: Callable[[int, datetime], None],
    ) -> None:
        """`go_on` is told of each accepted quote."""
        self.session = session
        self.random = random
        self.cast = cast
        self.timeline = timeline
        self.go_on = go_on

    def begin(self, at: datetime) -> None:
        """A seller writes a quote for one of the partner's customers."""
        partner_id = self.random.choice(list(self.cast.sellers))
        seller = self.random.choice(self.cast.sellers[partner_id])
        customer = self.random.choice(self.cast.customers[partner_id])
        list_id, price_list = self._list_on(day_of(at))
        selection = make_selection(
            self.random,
            price_list,
            tier=seller.tier or "bronze",
            day=day_of(at),
            negotiation=any_negotiation(self.random),
        )
        quote = create_quote(
            self.session,
            customer=customer,
            selection=selection,
            price_list_id=list_id,
            actor=seller,
            now=at,
        )
        if self.random.random() < 0.15:
            self._offer_another_term(quote, price_list, seller, at)
        self.timeline.plan_later(at, self.random.uniform(1, 30), partial(self._finish_draft, quote, seller))

    def _finish_draft(self, quote: Quote, seller: Actor, now: datetime) -> None:
        if self._is_left_alone(now, chance=0.05):
            return
        if self.random.random() < 0.05:
            self._void(quote, seller, now)
            return
        version = self._live(quote)
        if not version.needs_approval:
            self._send(quote, seller, now)
            return
        argument = self.random.choice(ARGUMENTS)
        submit_quote(self.session, quote=quote, argument=argument, actor=seller, now=now)
        self.timeline.plan_later(now, self.random.uniform(1, 30), partial(self._decide, quote, seller))

    def _decide(self, quote: Quote, seller: Actor, now: datetime) -> None:
        approval = self.session.scalar(
            select(Approval).where(Approval.quote_id == quote.id, Approval.state == ApprovalState.PENDING)
        )
        if approval is None:
            return
        manager = self.cast.managers[quote.partner_id]
        answer = self.random.random()
        version = self._live(quote)
        target = min(version.free_down_to_cents, version.negotiated_cents + 1500)
        if answer < 0.2:
            reason = self.random.choice(REFUSAL_REASONS)
            reject_quote(self.session, approval=approval, reason=reason, actor=manager, now=now)
        elif answer < 0.45 and target > version.negotiated_cents:
            reason = "Neste valor eu aprovo."
            counter_quote(
                self.session, approval=approval, counter_cents=target, reason=reason, actor=manager, now=now
            )
            self.timeline.plan_later(
                now, self.random.uniform(1, 48), partial(self._take_counter, quote, seller)
            )
        else:
            approve_quote(self.session, approval=approval, actor=manager, now=now)
            self.timeline.plan_later(now, self.random.uniform(1, 24), partial(self._send, quote, seller))

    def _take_counter(self, quote: Quote, seller: Actor, now: datetime) -> None:
        if self._is_left_alone(now, chance=0.2):
            return
        accept_counter(self.session, quote=quote, actor=seller, now=now)
        self.timeline.plan_later(now, self.random.uniform(1, 12), partial(self._send, quote, seller))

    def _send(self, quote: Quote, seller: Actor, now: datetime) -> None:
        if self._live(quote).state not in (QuoteState.DRAFT, QuoteState.APPROVED):
            return  # sent already, with its alternative
        try:
            with self.session.begin_nested():
                token = send_proposal(self.session, proposal=quote.proposal, actor=seller, now=now)
        except Refusal:
            return  # an alternative beside it still needs an approval: a state of real life, too
        self.timeline.plan_later(now, self.random.uniform(2, 72), partial(self._visit, token))

    def _visit(self, token: LinkToken, now: datetime) -> None:
        device = self.random.choice(("Chrome em Android", "Safari em iPhone", "Chrome em Windows"))
        record_view(self.session, token=token, device=device, now=now)
        answer = self.random.random()
        if answer < 0.45:
            self.timeline.plan_later(now, self.random.uniform(1, 120), partial(self._accept, token))
        elif answer < 0.7:
            self.timeline.plan_later(now, self.random.uniform(1, 160), partial(self._decline, token))

    def _accept(self, token: LinkToken, now: datetime) -> None:
        sent = self._sent(token)
        if sent:
            chosen = self.random.choice(sent).quote_id
            if self._answer(lambda: accept_quote(self.session, token=token, quote_id=chosen, now=now)):
                self.go_on(chosen, now)

    def _decline(self, token: LinkToken, now: datetime) -> None:
        reason = self.random.choice([code for code in DECLINE_REASONS if code != "other"])
        if self._sent(token):
            self._answer(lambda: decline_proposal(self.session, token=token, reason=reason, now=now))

    def _void(self, quote: Quote, seller: Actor, now: datetime) -> None:
        reason = self.random.choice([code for code in VOID_REASONS if code != "other"])
        void_quote(self.session, quote=quote, reason=reason, actor=seller, now=now)

    def _offer_another_term(self, quote: Quote, price_list: PriceList, seller: Actor, at: datetime) -> None:
        taken = self._live(quote).term
        other = next(code for code in reversed(list(price_list.terms)) if code != taken)
        try:
            with self.session.begin_nested():
                add_alternative(self.session, quote=quote, term=other, actor=seller, now=at)
        except Refusal:
            return  # a negotiated price that the other term does not bear

    def _answer(self, act: Callable[[], object]) -> bool:
        try:
            with self.session.begin_nested():
                act()
        except Refusal:
            return False  # the proposal expired before the customer came back
        return True

    def _sent(self, token: LinkToken) -> list[QuoteVersion]:
        statement = (
            select(QuoteVersion)
            .join(QuoteVersion.quote)
            .where(
                Quote.proposal_id == token.subject_id,
                QuoteVersion.is_live,
                QuoteVersion.state == QuoteState.SENT,
            )
        )
        return list(self.session.scalars(statement))

    def _live(self, quote: Quote) -> QuoteVersion:
        return self.session.scalars(
            select(QuoteVersion).where(QuoteVersion.quote_id == quote.id, QuoteVersion.is_live)
        ).one()

    def _list_on(self, day: date) -> tuple[int, PriceList]:
        published = price_list_on(self.session, day)
        if published is None:
            raise LookupError(f"no price list on {day}")
        return published.id, loaded_list(self.session, published.id)

    def _is_left_alone(self, now: datetime, *, chance: float) -> bool:
        return now > self.timeline.until - timedelta(days=4) and self.random.random() < chance * 8
