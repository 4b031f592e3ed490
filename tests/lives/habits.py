"""Customers with habits, day by day: who pays on time, late, partly, twice, by another way, or never."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.sandbox_bank.rules.acts import BankAct, Manner
from portal.shared.payment_methods import Way
from tests.lives import acts
from tests.lives.acts import Sale
from tests.lives.world import World

LATE_DAYS, REST_DAYS = 8, 3
PAYS_BEFORE_NEVER = 2
BY_HAND = {Way.BOLETO: BankAct.BOLETO, Way.TED: BankAct.TED}


class Habit(StrEnum):
    """How somebody pays what no card pays by itself; a card is refused when it is not paid on time."""

    ON_TIME = "on time"
    LATE = "late"
    PARTLY = "partly"
    TWICE = "twice"
    OTHER_WAY = "another way"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What is known beforehand: an invoice's due day, when it is paid and by how much."""

    due_on: date
    paid_on: date
    paid: int


@dataclass(slots=True, kw_only=True)
class Life:
    """A sale of a day and its payer; `late` and `again` are payments that a test decides, in centavos."""

    on: date
    sale: Sale
    habit: Habit = Habit.ON_TIME
    late: Payment | None = None
    again: Payment | None = None
    contract_id: int = 0


def live(world: World, lives: Sequence[Life], *, until: date) -> None:
    """Let days pass, each with its sales, jobs and payments, in this order."""
    while world.today < until:
        for life in lives:
            if life.on == world.today:
                life.contract_id = acts.sell(world, life.sale)
        _pay(world, lives)
        _refuse_cards(world, lives)
        world.pass_days(1)


def _pay(world: World, lives: Sequence[Life]) -> None:
    by_contract = {life.contract_id: life for life in lives if life.contract_id}
    for invoice in world.do(lambda session: _due(session, world.today)):
        _pay_one(world, by_contract[invoice.contract_id], invoice)
    for life in lives:
        if life.again is not None and life.again.paid_on == world.today:
            invoice_id = world.do(lambda session, life=life: _paid_of(session, life))  # type: ignore[misc]
            acts.bank_pays(world, invoice_id, BankAct.PIX, Manner.USUAL, life.again.paid)
    acts.confirm_teds(world)


def _refuse_cards(world: World, lives: Sequence[Life]) -> None:
    """Whose cards are refused tomorrow: some the first time, of those who stopped paying for good."""
    tomorrow = world.today + timedelta(days=1)
    charged = world.do(lambda session: _charged(session, tomorrow))
    habits = {life.contract_id: life.habit for life in lives}
    world.processor.refused = {
        method
        for contract_id, number, due_on, method in charged
        if number and number > 1 and _is_refused(habits[contract_id], number, is_first=due_on == tomorrow)
    }


def _charged(session: Session, day: date) -> Sequence[Row[int, int | None, date, str]]:
    """What cards are asked for until a day."""
    asked = (
        select(Invoice.contract_id, Invoice.installment_number, Invoice.due_on, Card.processor_method)
        .join(Card, and_(Card.contract_id == Invoice.contract_id, Card.replaced_at.is_(None)))
        .where(Invoice.state == InvoiceState.OPEN, Invoice.due_on <= day, Invoice.payment_method == Way.CARD)
    )
    return session.execute(asked).all()


def _is_refused(habit: Habit, number: int, *, is_first: bool) -> bool:
    if habit in (Habit.LATE, Habit.OTHER_WAY):
        return is_first
    return habit is Habit.NEVER and number > PAYS_BEFORE_NEVER


def _due(session: Session, today: date) -> Sequence[Invoice]:
    """What has fallen due, and every first payment: with that the service begins."""
    is_due = (Invoice.due_on <= today) | (Invoice.installment_number == 1)
    due = select(Invoice).where(Invoice.state == InvoiceState.OPEN, is_due)
    found = session.scalars(due.order_by(Invoice.id)).all()
    session.expunge_all()
    return found


def _paid_of(session: Session, life: Life) -> int:
    assert life.again is not None
    known = select(Invoice.id).where(
        Invoice.contract_id == life.contract_id, Invoice.due_on == life.again.due_on
    )
    return session.scalars(known).one()


def _pay_one(world: World, life: Life, invoice: Invoice) -> None:
    days = (world.today - invoice.due_on) // timedelta(days=1)
    if life.late is not None and invoice.due_on == life.late.due_on:
        if world.today == life.late.paid_on:
            acts.bank_pays(world, invoice.id, _way(life, invoice), Manner.USUAL, life.late.paid)
        return
    if invoice.payment_method == Way.CARD and life.habit is not Habit.OTHER_WAY:
        return
    if invoice.installment_number == 1 or life.habit is Habit.ON_TIME:
        acts.bank_pays(world, invoice.id, _way(life, invoice), Manner.USUAL, None)
        return
    _by_habit(world, life, invoice, days)


def _by_habit(world: World, life: Life, invoice: Invoice, days: int) -> None:
    way = _way(life, invoice)
    if life.habit is Habit.OTHER_WAY:
        acts.bank_pays(world, invoice.id, BankAct.PIX, Manner.USUAL, None)
    elif life.habit is Habit.TWICE:
        acts.bank_pays(world, invoice.id, way, Manner.PAID_TWICE, None)
    elif life.habit is Habit.LATE and days >= LATE_DAYS:
        acts.bank_pays(world, invoice.id, way, Manner.USUAL, None)
    elif life.habit is Habit.PARTLY and (days == 0 or days >= REST_DAYS):
        cents = None if days else invoice.open_cents * 3 // 5
        acts.bank_pays(world, invoice.id, BankAct.PIX, Manner.USUAL, cents)
    elif life.habit is Habit.NEVER and (invoice.installment_number or 0) <= PAYS_BEFORE_NEVER:
        acts.bank_pays(world, invoice.id, way, Manner.USUAL, None)


def _way(life: Life, invoice: Invoice) -> BankAct:
    """Partners get no boleto; they pay by Pix."""
    if life.sale.arrangement == "hiperador":
        return BankAct.PIX
    return BY_HAND.get(Way(invoice.payment_method), BankAct.PIX)
