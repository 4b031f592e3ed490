"""Three years, day by day: every plan, term, way of paying and arrangement, from every kind of first day."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import cycle, product
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
from portal.subscriptions.models import Coverage
from tests.lives.acts import Sale
from tests.lives.checks import find_faults
from tests.lives.conftest import Begin
from tests.lives.habits import Habit, Life, Payment, live
from tests.lives.world import World

BEGIN, SHORT_END, END = date(2026, 6, 1), date(2026, 8, 31), date(2029, 5, 31)
FIGURES = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "thirty-six-months.toml").read_text(encoding="utf-8")
)["lives"]
FIRST_DAYS = tuple(
    date(2026, month, day)
    for month, day in ((6, 1), (6, 14), (6, 15), (6, 16), (6, 28), (6, 29), (6, 30), (7, 31))
)
EVERY_SALE = tuple(
    Sale(plan=plan, term=term, method=method, arrangement=arrangement)
    for plan, term, method, arrangement in product(
        ("mini", "gestao"),
        ("monthly", "semiannual", "annual"),
        ("boleto", "card", "ted_boleto", "ted_card", "ted"),
        ("central_cobranca", "central_leads", "hiperador"),
    )
)


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


def expected(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a life, those it does not name being zero."""
    names = ("invoices", "billed", "repasse", "covered_until", "late_charges", "card")
    return {name: figures.get(name, 0) for name in names}


class TestSixLivesWorkedOutByHand:
    def test_come_out_so_after_three_months(self, begin: Begin) -> None:
        world, lives = begin(BEGIN), [a_life(figures) for figures in FIGURES]
        live(world, lives, until=SHORT_END)
        assert find_faults(world) == []
        assert figures_of(world, lives) == [expected(figures["short"]) for figures in FIGURES]

    @pytest.mark.deep
    def test_come_out_so_after_three_years_among_all_others(self, begin: Begin) -> None:
        """The ninety others pay late, partly, twice, by another way, or stop; all stand in one database."""
        world, lives = begin(BEGIN), [a_life(figures) for figures in FIGURES]
        others = [
            Life(on=on, sale=sale, habit=habit)
            for sale, on, habit in zip(EVERY_SALE, cycle(FIRST_DAYS), cycle(Habit), strict=False)
        ]
        day = BEGIN
        while day < END:  # checked every month, so that what goes wrong is known to the month
            day = min(day + timedelta(days=30), END)
            live(world, [*lives, *others], until=day)
            assert find_faults(world) == [], f"until {day}"
        assert figures_of(world, lives) == [expected(figures) for figures in FIGURES]
