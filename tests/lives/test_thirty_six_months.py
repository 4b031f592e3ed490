"""Three years, day by day: every plan, term, way of paying and arrangement, from every kind of first day."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, LateCharge
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.receipts.models.payment import Payment as Received
from portal.receipts.rules.receiving import PaymentSource
from portal.subscriptions.models import Coverage, Subscription
from tests.lives.acts import Sale
from tests.lives.checks import find_faults
from tests.lives.conftest import Begin
from tests.lives.everybody import everybody
from tests.lives.habits import Habit, Life, Payment, live
from tests.lives.world import World

SUSPENDED_BY_THEN = timedelta(days=25)  # 15, and those until the night of a bank day
BEGIN, SHORT_END, END = date(2026, 6, 1), date(2026, 8, 31), date(2029, 5, 31)
FIGURES = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "thirty-six-months.toml").read_text(encoding="utf-8")
)["lives"]


def a_life(figures: Mapping[str, Any]) -> Life:
    """What the file says somebody bought, and the payments it decides."""
    sale = Sale(
        plan=figures["plan"],
        term=figures["term"],
        method=figures["method"],
        arrangement=figures["arrangement"],
        installments=figures.get("installments", 1),
        setup=figures.get("setup", False),
    )
    late, again = figures.get("late"), figures.get("again")
    return Life(
        on=figures["on"],
        sale=sale,
        late=Payment(**late) if late else None,
        again=Payment(**again) if again else None,
    )


def sums(session: Session, life: Life) -> dict[str, Any]:
    """What became of a life, in centavos."""
    of_life = Invoice.contract_id == life.contract_id
    invoices = session.scalars(select(Invoice).where(of_life, Invoice.state != InvoiceState.VOID)).all()
    ids = [invoice.id for invoice in invoices]
    charges = LateCharge.late_fee_cents + LateCharge.late_interest_cents
    return {
        "invoices": len(invoices),
        "billed": sum(invoice.amount_cents for invoice in invoices),
        "repasse": _sum(session, RepasseAccrual.repasse_cents, RepasseAccrual.invoice_id.in_(ids)),
        "covered_until": session.scalar(
            select(func.max(Coverage.covers_until)).where(Coverage.contract_id == life.contract_id)
        ),
        "late_charges": _sum(session, charges, LateCharge.invoice_id.in_(ids)),
        "card": _sum(
            session,
            Received.amount_cents,
            Received.invoice_id.in_(ids) & (Received.source == PaymentSource.CARD),
        ),
    }


def _sum(session: Session, cents: Any, condition: Any) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(cents), 0)).where(condition)) or 0)


def figures_of(world: World, lives: Sequence[Life]) -> list[dict[str, Any]]:
    return world.do(lambda session: [sums(session, life) for life in lives])


def service_of(session: Session, life: Life) -> str:
    """The state of somebody's service."""
    of_life = Subscription.contract_id == life.contract_id
    return session.scalars(select(Subscription.service_state).where(of_life)).one().value


def is_owing(session: Session, life: Life) -> bool:
    """Whether an invoice of somebody has been open for so long that its service is suspended."""
    late = select(Invoice.id).where(
        Invoice.contract_id == life.contract_id,
        Invoice.state == InvoiceState.OPEN,
        Invoice.due_on < END - SUSPENDED_BY_THEN,
    )
    return session.scalar(late.limit(1)) is not None


def expected(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a life, those it does not name being zero."""
    names = ("invoices", "billed", "repasse", "covered_until", "late_charges", "card")
    return {name: figures.get(name, 0) for name in names}


def choices(life: Life) -> tuple[object, ...]:
    """What somebody chose, as it is compared with what others did."""
    sale = life.sale
    return (sale.plan, sale.term, sale.method, sale.arrangement, life.on, life.habit)


class TestEverybody:
    def test_makes_every_choice_beside_every_other(self) -> None:
        """Every plan, term, way of paying, arrangement, first day and habit, two by two."""
        rows = [choices(life) for life in everybody()]
        assert len({row[:4] for row in rows}) == len(rows) == 3 * 3 * 5 * 3, "no two are the same sale"
        axes = list(zip(*rows, strict=True))
        assert [len(set(axis)) for axis in axes] == [3, 3, 5, 3, 8, 6]
        for one, other in combinations(axes, 2):
            assert len(set(zip(one, other, strict=True))) == len(set(one)) * len(set(other))


class TestSixLivesWorkedOutByHand:
    def test_come_out_so_after_three_months(self, begin: Begin) -> None:
        world, lives = begin(BEGIN), [a_life(figures) for figures in FIGURES]
        live(world, lives, until=SHORT_END)
        assert find_faults(world) == []
        assert figures_of(world, lives) == [expected(figures["short"]) for figures in FIGURES]

    @pytest.mark.deep
    def test_come_out_so_after_three_years_among_all_others(self, begin: Begin) -> None:
        """The others pay late, partly, twice, by another way, or stop; all stand in one database."""
        world, lives = begin(BEGIN), [a_life(figures) for figures in FIGURES]
        others = everybody()
        day = BEGIN
        while day < END:  # checked every month, so that what goes wrong is known to the month
            day = min(day + timedelta(days=30), END)
            live(world, [*lives, *others], until=day)
            assert find_faults(world) == [], f"until {day}"
        assert figures_of(world, lives) == [expected(figures) for figures in FIGURES]
        suspended = world.do(lambda session: [service_of(session, life) == "suspended" for life in others])
        owing = world.do(lambda session: [is_owing(session, life) for life in others])
        assert suspended == owing, "whose invoice was not paid, and nobody else"
        stopped = [life.habit is Habit.NEVER for life in others]
        assert all(stopped[place] for place, owes in enumerate(owing) if owes)
        # A partner owes for all its customers: what is too much for one may pay for who stopped.
        assert sum(owing) >= sum(stopped) - 3
