"""Mudança de vencimento: what is shown is what is stored, and the billing after it is right."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.queries.coverage import paid_time
from portal.invoices.models import DueDayChange
from portal.invoices.operations.due_day import change_due_day
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.due_day import DueDaySimulation, simulate_due_day
from portal.invoices.queries.months import find_uncovered_payments
from portal.invoices.rules.due_day import DueDayBlocked, DueDayNotOffered, SimulationStale
from portal.payouts.operations.accruing import accrue_paid_invoice
from portal.payouts.queries.books import find_broken_accruals
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.subscriptions.queries.coverage import find_broken_coverages, list_coverages
from tests.factories.overdue import FIRST_OF_JUNE, active, invoices_of, night, paid, subscription_of
from tests.factories.quotes import House, make_house

MARIA = "maria@padaria.example"
TWENTIETH = date(2026, 7, 20)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def by_the_day(session: Session, house: House) -> Contract:
    """Active since 01/06/2026; its days up to 14/06 are paid."""
    full, part = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL
    change_first_period(session, plan="gestao", wanted=part, seen=full, actor=house.admin, now=FIRST_OF_JUNE)
    return active(session, house)


def skip_to(session: Session, contract: Contract, today: date) -> None:
    """Have all be billed that falls due until ten days after a day, without its invoices."""
    subscription = subscription_of(session, contract)
    while subscription.next_due_on and subscription.next_due_on <= today + timedelta(days=10):
        subscription.next_number += 1
        subscription.next_due_on = subscription.place.period(subscription.next_number).due_on
    session.flush()


def simulated(session: Session, contract: Contract, day: int, *, today: date) -> DueDaySimulation:
    return simulate_due_day(session, subscription_of(session, contract), day, today=today)


def shown(simulation: DueDaySimulation) -> list[tuple[str, str, str, int]]:
    return [
        (f"{each.due_on:%d/%m/%Y}", f"{each.starts_on:%d/%m}", f"{each.ends_on:%d/%m}", each.amount_cents)
        for each in simulation.payments
    ]


def stored(session: Session, contract: Contract, *, after: int) -> list[tuple[str, str, str, int]]:
    return [
        (
            f"{each.due_on:%d/%m/%Y}",
            f"{each.period_from:%d/%m}",
            f"{each.period_until:%d/%m}",
            each.amount_cents,
        )
        for each in invoices_of(session, contract)
        if (each.installment_number or 0) > after
    ]


def changed(session: Session, contract: Contract, day: int, now: datetime) -> DueDaySimulation:
    simulation = simulated(session, contract, day, today=now.date())
    change_due_day(
        session,
        contract_id=contract.id,
        due_day=day,
        seen=simulation.seen,
        actor=None,
        changed_for=MARIA,
        now=now,
    )
    session.flush()
    session.expire_all()
    return simulation


def billed_and_paid(session: Session, contract: Contract, first: date, last: date) -> None:
    """The nights of some days; whatever is open is paid on the evening it is found open."""
    day = first
    while day <= last:
        night(session, day)
        for invoice in invoices_of(session, contract):
            if invoice.state.value == "open" and invoice.due_on <= day:
                paid(session, invoice, at_sao_paulo(day, 10))
        day = date.fromordinal(day.toordinal() + 1)


class TestWholeMonths:
    """Active since 01/06, monthly, due on 15: July's invoice pays August, and so on."""

    @pytest.mark.deep
    def test_moves_the_dates_and_no_month(self, session: Session, house: House) -> None:
        contract = active(session, house)
        billed_and_paid(session, contract, date(2026, 7, 5), TWENTIETH)
        simulation = changed(session, contract, 25, at_sao_paulo(TWENTIETH, 12))
        assert shown(simulation) == [
            ("25/08/2026", "01/09", "30/09", 19990),
            ("25/09/2026", "01/10", "31/10", 19990),
            ("25/10/2026", "01/11", "30/11", 19990),
        ]
        billed_and_paid(session, contract, date(2026, 7, 21), date(2026, 10, 26))
        assert stored(session, contract, after=2)[:3] == shown(simulation)
        assert find_broken_coverages(session) == []
        assert find_uncovered_payments(session) == []

    def test_leaves_what_is_billed_where_it_is(self, session: Session, house: House) -> None:
        """July's invoice is out and due on 15/07: the page of the contract says so, not 25/07."""
        contract = active(session, house)
        night(session, date(2026, 7, 6))
        changed(session, contract, 25, at_sao_paulo(date(2026, 7, 7), 12))
        (billed,) = invoices_of(session, contract)
        assert billed.due_on == date(2026, 7, 15)
        time = paid_time(session, contract)
        assert time is not None
        assert time.next_due_on == date(2026, 7, 15)
        assert subscription_of(session, contract).next_due_on == date(2026, 8, 25)

    def test_never_brings_a_date_too_near(self, session: Session, house: House) -> None:
        """On 02/08 August's invoice is not out: on day 5 it would be due in three days."""
        contract = active(session, house)
        billed_and_paid(session, contract, date(2026, 7, 5), date(2026, 8, 1))
        with pytest.raises(DueDayNotOffered, match="venceria em 05/08/2026, cedo demais"):
            simulated(session, contract, 5, today=date(2026, 8, 2))
        assert shown(simulated(session, contract, 10, today=date(2026, 8, 2)))[0][0] == "10/08/2026"

    @pytest.mark.deep
    def test_is_billed_the_same_way_by_one_and_by_a_run(self, session: Session, house: House) -> None:
        alone, by_run = active(session, house), active(session, house)
        for contract in (alone, by_run):
            billed_and_paid(session, contract, date(2026, 7, 5), date(2026, 7, 16))
            changed(session, contract, 5, at_sao_paulo(TWENTIETH, 12))
        issue_installment(session, contract=alone, number=3, now=at_sao_paulo(date(2026, 7, 26), 1))
        night(session, date(2026, 7, 26))
        assert stored(session, alone, after=2) == stored(session, by_run, after=2)
        assert stored(session, alone, after=2) == [("05/08/2026", "01/09", "30/09", 19990)]


class TestPeriodsFromDueDateToDueDate:
    """Active since 01/06, due on 15, by the day: 15/06 to 14/07 is the second payment's time."""

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("day", "today", "between", "then"),
        [
            # 10 of the 31 days from 15/07: 199,90 × 10 / 31 = 64,4839
            (25, date(2026, 6, 20), ("15/07/2026", "15/07", "24/07", 6448), ("25/07/2026", "25/07", "24/08")),
            # 21 of the same 31: 135,4161
            (5, date(2026, 6, 20), ("15/07/2026", "15/07", "04/08", 13542), ("05/08/2026", "05/08", "04/09")),
            # 26 of the 30 days from 15/09: 173,2467
            (
                10,
                date(2026, 8, 20),
                ("15/09/2026", "15/09", "09/10", 16658),
                ("10/10/2026", "10/10", "09/11"),
            ),
            # 5 of the 28 days from 15/02: 35,6964
            (20, date(2027, 1, 20), ("15/02/2027", "15/02", "19/02", 3570), ("20/02/2027", "20/02", "19/03")),
            # 10 of the 29 days from 15/02 in a leap year: 68,9310
            (25, date(2028, 1, 20), ("15/02/2028", "15/02", "24/02", 6893), ("25/02/2028", "25/02", "24/03")),
        ],
    )
    def test_charges_the_days_between_by_the_month_they_are_of(
        self,
        session: Session,
        by_the_day: Contract,
        day: int,
        today: date,
        between: tuple[str, str, str, int],
        then: tuple[str, str, str],
    ) -> None:
        skip_to(session, by_the_day, today)
        rows = shown(simulated(session, by_the_day, day, today=today))
        assert rows[0] == between
        assert rows[1] == (*then, 19990)

    @pytest.mark.deep
    def test_stores_what_it_shows_and_leaves_no_gap(self, session: Session, by_the_day: Contract) -> None:
        billed_and_paid(session, by_the_day, date(2026, 6, 5), date(2026, 6, 20))
        simulation = changed(session, by_the_day, 25, at_sao_paulo(date(2026, 6, 20), 12))
        billed_and_paid(session, by_the_day, date(2026, 6, 21), date(2026, 10, 26))
        assert stored(session, by_the_day, after=2)[:4] == shown(simulation)
        days = [(row.covers_from, row.covers_until) for row in list_coverages(session, by_the_day.id)]
        assert [(after[0] - before[1]).days for before, after in pairwise(days)] == [1] * 6
        assert find_broken_coverages(session) == []
        assert find_uncovered_payments(session) == []
        (invoice,) = [each for each in invoices_of(session, by_the_day) if each.kind.value == "between"]
        assert invoice.explanation == (
            "Mudança do vencimento para o dia 25: período de 15/07/2026 até o vencimento em 25/07/2026, "
            "10 dias de um mês de 31 dias, sobre a mensalidade de R$\N{NO-BREAK SPACE}199,90. "
            "Libera o serviço até 25/07/2026."
        )

    def test_gives_the_partner_its_share_of_the_days_between(
        self, session: Session, by_the_day: Contract
    ) -> None:
        """Of a month's 85,00 cost and 13,47 fee, 64,48 of 199,90 bear 27,42 and 4,34: 32,72 are left."""
        billed_and_paid(session, by_the_day, date(2026, 6, 5), date(2026, 6, 20))
        changed(session, by_the_day, 25, at_sao_paulo(date(2026, 6, 20), 12))
        billed_and_paid(session, by_the_day, date(2026, 7, 14), date(2026, 7, 16))
        invoice = next(each for each in invoices_of(session, by_the_day) if each.kind.value == "between")
        accrue_paid_invoice(session, invoice.id, now=at_sao_paulo(date(2026, 7, 16), 12))
        total = text(
            "SELECT sum(paid_cents), sum(repasse_cents) FROM repasse_accruals WHERE invoice_id = :id"
        )
        paid_cents, repasse = session.execute(total, {"id": invoice.id}).one()
        assert paid_cents == 6448
        assert repasse == 3272
        assert invoice.id not in find_broken_accruals(session)


class TestWhoMayAndHowOften:
    def test_is_written_down_told_and_possible_again_after_a_year(
        self, session: Session, house: House
    ) -> None:
        contract = active(session, house)
        billed_and_paid(session, contract, date(2026, 7, 5), date(2026, 7, 16))
        changed(session, contract, 25, at_sao_paulo(TWENTIETH, 12))
        change = session.scalars(select(DueDayChange)).one()
        assert (change.from_day, change.to_day, change.number, change.changed_for) == (15, 25, 3, MARIA)
        entry = session.scalars(select(LogEntry).filter_by(action="due_day_changed")).one()
        assert entry.actor_label == MARIA
        assert "do dia 15 para o dia 25, a partir de 25/08/2026" in entry.summary
        assert len(session.scalars(select(MailMessage).filter_by(kind="due_day_changed")).all()) == 1
        with pytest.raises(
            DueDayBlocked, match=r"já mudou em 20/07/2026\. Pode mudar de novo a partir de 20/07/2027"
        ):
            simulated(session, contract, 5, today=date(2027, 7, 19))
        skip_to(session, contract, TWENTIETH.replace(year=2027))
        assert simulated(session, contract, 5, today=TWENTIETH.replace(year=2027)).move.due_day == 5

    def test_is_refused_while_something_is_late(self, session: Session, house: House) -> None:
        """Due on Wednesday 15/07; on the 16th it is late, long before anything is suspended."""
        contract = active(session, house)
        night(session, date(2026, 7, 6))
        assert simulated(session, contract, 25, today=date(2026, 7, 15)).move.due_day == 25
        with pytest.raises(DueDayBlocked, match=r"está vencida\. Depois de paga"):
            simulated(session, contract, 25, today=date(2026, 7, 16))

    def test_is_refused_for_another_day_and_the_same_day(self, session: Session, house: House) -> None:
        contract = active(session, house)
        with pytest.raises(DueDayNotOffered, match="Escolha um destes dias: 5, 10, 15, 20, 25"):
            simulated(session, contract, 7, today=TWENTIETH)
        with pytest.raises(DueDayNotOffered, match="já é no dia 15"):
            simulated(session, contract, 15, today=date(2026, 6, 20))

    def test_is_refused_when_something_was_billed_since_it_was_shown(
        self, session: Session, house: House
    ) -> None:
        contract = active(session, house)
        seen = simulated(session, contract, 25, today=date(2026, 7, 4)).seen
        night(session, date(2026, 7, 6))
        with pytest.raises(SimulationStale):
            change_due_day(
                session,
                contract_id=contract.id,
                due_day=25,
                seen=seen,
                actor=house.seller,
                now=at_sao_paulo(date(2026, 7, 6), 9),
            )
        assert session.scalars(select(DueDayChange)).all() == []

    def test_is_a_written_change_or_none(self, session: Session, house: House) -> None:
        contract = active(session, house)
        with pytest.raises(IntegrityError, match="a due day moves by a written change"):
            session.execute(
                text("UPDATE subscriptions SET due_day = 25 WHERE contract_id = :id"), {"id": contract.id}
            )
