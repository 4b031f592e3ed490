"""Meses grátis: given by finance, never billed, released when they begin."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.queries.coverage import paid_time
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind
from portal.customers.queries.months import MonthsOfService
from portal.invoices.operations.free_months import cover_free_months, grant_free_months
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.months import months_of_service
from portal.invoices.rules.free_months import MonthIsFree, NoFreeMonths
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.invariants import find_broken
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Coverage, FreeMonth
from portal.subscriptions.queries.coverage import list_coverages, released_until
from portal.subscriptions.queries.forecast import forecast_of_contract
from tests.factories.changes import make_change
from tests.factories.following import what_follows
from tests.factories.overdue import active, invoices_of, night, paid, state_of, subscription_of
from tests.factories.payouts import make_finance
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.portal.cancellations.test_leaving import leave
from tests.portal.invoices.test_months_of_service import months_on
from tests.support.application import Transaction
from tests.support.clients import location
from tests.support.people import ClientOf

WHY = "Três semanas sem suporte em junho"
TENTH_OF_JUNE = at_sao_paulo(date(2026, 6, 10), 10)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def give(
    session: Session, contract: Contract, months: int = 1, *, now: datetime = TENTH_OF_JUNE
) -> list[FreeMonth]:
    """Active since 01/06/2026 and paid until 31/07: the first free month is August."""
    given = grant_free_months(
        session, contract_id=contract.id, months=months, reason=WHY, actor=make_finance(session), now=now
    )
    return list(given)


def live(session: Session, contract: Contract, first: date, last: date) -> None:
    """Every night of some days, and every evening all that is open is paid."""
    day = first
    while day <= last:
        end_contracts(session, now=at_sao_paulo(day, 0, 10))
        cover_free_months(session, now=at_sao_paulo(day, 0, 12))
        night(session, day)
        for invoice in invoices_of(session, contract):
            if invoice.open_cents and invoice.due_on <= day:
                paid(session, invoice, at_sao_paulo(day, 18))
                what_follows(session)
        day += timedelta(days=1)


def broken(session: Session, on: date) -> list[str]:
    """What of the books does not hold; nobody sends mails here."""
    found = (each.invariant for each in find_broken(session, since=None, now=at_sao_paulo(on, 20)))
    return [f"{each.key}: {each.label}" for each in found if each.key.startswith("M")]


def covered(session: Session, contract: Contract) -> list[tuple[int, date, date]]:
    return [(row.number, row.covers_from, row.covers_until) for row in list_coverages(session, contract.id)]


class TestAFreeMonth:
    @pytest.mark.deep
    def test_is_lived_through_without_an_invoice_or_a_repasse(self, session: Session, house: House) -> None:
        """August is free: nothing falls due on 15/07; September's payment falls due on 15/08."""
        contract = active(session, house)
        (month,) = give(session, contract)
        for day in (date(2026, 7, 4), date(2026, 7, 16), date(2026, 7, 31)):
            live(session, contract, day, day)
            assert broken(session, day) == []
        assert invoices_of(session, contract) == []
        assert released_until(session, contract.id) == date(2026, 7, 31)
        live(session, contract, date(2026, 8, 1), date(2026, 9, 2))
        assert [(each.installment_number, each.due_on) for each in invoices_of(session, contract)] == [
            (3, date(2026, 8, 15))
        ]
        assert covered(session, contract) == [
            (1, date(2026, 6, 1), date(2026, 7, 31)),
            (2, date(2026, 8, 1), date(2026, 8, 31)),
            (3, date(2026, 9, 1), date(2026, 9, 30)),
        ]
        assert [row.payment_key for row in list_coverages(session, contract.id)][1] == f"offer:{month.id}"
        accrued = select(func.count(func.distinct(RepasseAccrual.invoice_id)))
        assert session.scalar(accrued) == 2  # June's and September's payments
        assert broken(session, date(2026, 9, 2)) == []

    @pytest.mark.deep
    def test_holds_every_day(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        day = date(2026, 7, 1)
        while day <= date(2026, 10, 20):
            live(session, contract, day, day)
            assert broken(session, day) == [], day
            assert state_of(session, contract) == "Em dia"
            day += timedelta(days=1)

    def test_is_released_on_its_first_day_and_once(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        days = (date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 1), date(2026, 8, 2))
        released = [cover_free_months(session, now=at_sao_paulo(day, 1)) for day in days]
        assert released == [0, 1, 0, 0]

    def test_is_invoiced_by_nobody(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        with pytest.raises(MonthIsFree):
            issue_installment(session, contract=contract, number=2, now=TENTH_OF_JUNE)
        night(session, date(2026, 7, 5))
        assert invoices_of(session, contract) == []

    def test_counts_nothing_in_the_forecast(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        months = forecast_of_contract(session, subscription_of(session, contract), today=date(2026, 6, 10))
        assert [month.gross_cents for month in months[:5]] == [0, 0, 0, 199_90, 199_90]

    def test_is_told_with_who_and_why(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 3)
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "free_months_granted")).one()
        assert entry.summary == f"Contrato {contract.label}: 3 meses grátis, de 01/08/2026 a 31/10/2026"
        assert entry.reason == WHY

    def test_says_when_the_contract_is_due_again(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        paid_until = paid_time(session, load_contract(session, contract.id))
        assert paid_until is not None
        assert paid_until.next_due_on == date(2026, 8, 15)


class TestGiving:
    @pytest.mark.parametrize(("months", "reason"), [(0, WHY), (4, WHY), (1, "  ")])
    def test_is_of_one_to_three_months_for_a_reason(
        self, session: Session, house: House, months: int, reason: str
    ) -> None:
        contract, actor = active(session, house), make_finance(session)
        with pytest.raises(NoFreeMonths):
            grant_free_months(
                session, contract_id=contract.id, months=months, reason=reason, actor=actor, now=TENTH_OF_JUNE
            )

    @pytest.mark.deep
    def test_comes_once_in_twelve_months(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        with pytest.raises(NoFreeMonths, match="só a partir de 10/06/2027"):
            give(session, contract, now=TENTH_OF_JUNE + timedelta(days=364))
        assert len(give(session, contract, now=TENTH_OF_JUNE + timedelta(days=365))) == 1

    def test_leaves_what_is_billed_as_it_is(self, session: Session, house: House) -> None:
        contract = active(session, house)
        night(session, date(2026, 7, 5))
        (month,) = give(session, contract, now=at_sao_paulo(date(2026, 7, 6), 10))
        assert (month.number, month.starts_on) == (3, date(2026, 9, 1))
        assert [each.installment_number for each in invoices_of(session, contract)] == [2]

    @pytest.mark.deep
    def test_is_not_for_who_pays_a_year_at_once(self, session: Session, house: House) -> None:
        contract = active(session, house, term="annual", payment_method="boleto")
        with pytest.raises(NoFreeMonths, match="vários meses de uma vez"):
            give(session, contract)

    def test_is_not_for_who_is_late(self, session: Session, house: House) -> None:
        contract = active(session, house)
        for day in (date(2026, 7, 5), date(2026, 7, 20)):
            night(session, day)
        with pytest.raises(NoFreeMonths, match="em atraso"):
            give(session, contract, now=at_sao_paulo(date(2026, 7, 20), 10))


class TestOfALateService:
    def test_waits_until_it_is_paid(self, session: Session, house: House) -> None:
        """September is free, and August's payment is late: nothing is released before it is paid."""
        contract = active(session, house)
        night(session, date(2026, 7, 5))
        give(session, contract, now=at_sao_paulo(date(2026, 7, 6), 10))
        for day in (date(2026, 7, 20), date(2026, 8, 5)):
            night(session, day)
        assert state_of(session, contract) == "Suspenso"
        assert cover_free_months(session, now=at_sao_paulo(date(2026, 9, 1), 1)) == 0
        assert broken(session, date(2026, 9, 1)) == []


class TestAContractThatEnds:
    @pytest.mark.deep
    def test_loses_the_month_that_has_not_begun(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        case = leave(session, contract, house, on=date(2026, 7, 10))
        assert (case.last_day, case.refund_cents) == (date(2026, 7, 31), 0)
        assert cover_free_months(session, now=at_sao_paulo(date(2026, 8, 1), 0, 5)) == 0  # not ended yet
        live(session, contract, date(2026, 7, 30), date(2026, 8, 3))
        assert covered(session, contract) == [(1, date(2026, 6, 1), date(2026, 7, 31))]
        assert broken(session, date(2026, 8, 3)) == []

    def test_goes_on_to_the_end_of_the_one_that_has(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        live(session, contract, date(2026, 7, 31), date(2026, 8, 2))
        case = leave(session, contract, house, on=date(2026, 8, 10))
        assert (case.last_day, case.refund_cents) == (date(2026, 8, 31), 0)
        live(session, contract, date(2026, 8, 31), date(2026, 9, 2))
        assert [number for number, _from, _until in covered(session, contract)] == [1, 2]
        assert broken(session, date(2026, 9, 2)) == []

    @pytest.mark.deep
    def test_for_an_amendment_leaves_it_the_month(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        changed = at_sao_paulo(date(2026, 7, 10), 10)
        later = make_change(
            session, house, contract, ContractKind.AMENDMENT, now=changed, quantities={"user": 3}
        )
        live(session, later, date(2026, 8, 1), date(2026, 9, 3))
        assert covered(session, later)[0] == (1, date(2026, 7, 10), date(2026, 8, 31))
        assert [(each.due_on, each.period_from) for each in invoices_of(session, later)] == [
            (date(2026, 8, 15), date(2026, 9, 1))
        ]
        assert broken(session, date(2026, 9, 3)) == []


class TestTheStripOfMonths:
    def strip(self, session: Session, contract: Contract, today: date) -> dict[str, list[tuple[str, object]]]:
        """As the customer sees it."""
        asked = MonthsOfService(customer_id=contract.customer_id, actor=None, today=today)
        return {
            f"{month.first_day:%m}": [(part.state.label, part.given_with) for part in month.parts]
            for month in months_of_service(session, asked)
        }

    def test_says_which_are_free_before_and_after_they_begin(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        free = [("Grátis", contract.id)]
        paid_months = {"06": [("Paga", None)], "07": [("Paga", None)]}
        all_of_them = paid_months | {"08": free, "09": free}
        assert self.strip(session, contract, date(2026, 6, 20)) == all_of_them
        live(session, contract, date(2026, 8, 1), date(2026, 8, 2))
        assert self.strip(session, contract, date(2026, 8, 2)) == all_of_them

    @pytest.mark.deep
    def test_leaves_out_what_was_lost(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        leave(session, contract, house, on=date(2026, 7, 10))
        assert "08" not in self.strip(session, contract, date(2026, 7, 11))

    def test_of_an_amendment_calls_free_only_what_is(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        changed = at_sao_paulo(date(2026, 7, 10), 10)
        make_change(session, house, contract, ContractKind.AMENDMENT, now=changed)
        before = self.strip(session, contract, date(2026, 7, 20))
        cover_free_months(session, now=at_sao_paulo(date(2026, 8, 1), 1))
        after = self.strip(session, contract, date(2026, 8, 2))
        assert before["08"] == after["08"] == [("Grátis", contract.id)]
        assert {words for words, _given in after["07"]} == {"Paga"}


class TestTheDatabase:
    def test_keeps_it_and_lets_no_invoice_or_other_coverage_be(self, session: Session, house: House) -> None:
        contract = active(session, house)
        (month,) = give(session, contract)
        copied = {name: getattr(month, name) for name in ("contract_id", "partner_id", "customer_id")}
        coverage = copied | {"number": 3, "covers_from": date(2026, 9, 1), "covers_until": date(2026, 9, 30)}
        coverage |= {"grace_until": date(2026, 9, 30), "created_at": TENTH_OF_JUNE}
        days = {name: getattr(month, name) for name in ("starts_on", "ends_on", "grace_until")}
        days |= {"reason": WHY, "granted_at": TENTH_OF_JUNE, "granted_by_id": month.granted_by_id}
        for change in (
            update(FreeMonth).values(reason="Outro"),
            delete(FreeMonth),
            text("TRUNCATE free_months"),
            insert(FreeMonth).values(**copied, **days, number=2),
            insert(Coverage).values(**coverage, payment_key=f"offer:{month.id}"),
            insert(Coverage).values(**coverage, payment_key="offer:999"),
        ):
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(change)
        with pytest.raises(IntegrityError, match="this month is free"), session.begin_nested():
            session.execute(OTHER_INVOICE, {"number": 2})


OTHER_INVOICE = text("""
    INSERT INTO invoices (contract_id, partner_id, customer_id, kind, billed_to, payer_name, payer_document,
        payment_method, installment_number, term_number, payment_number, due_month, due_on, period_from,
        period_until, grace_until, amount_cents, carried_cents, currency, explanation, created_at, state,
        paid_cents, void_reason)
    SELECT contract_id, partner_id, customer_id, kind, billed_to, payer_name, payer_document, payment_method,
        :number, 2, 1, due_month, due_on, '2026-08-01', '2026-08-31', '2026-08-31', amount_cents, 0, currency,
        explanation, created_at, 'draft', 0, '' FROM invoices WHERE installment_number = 1
""")


@pytest.fixture
def june() -> Iterator[None]:
    with time_machine.travel(TENTH_OF_JUNE, tick=False):
        yield


@pytest.mark.usefixtures("june")
class TestThePages:
    @pytest.mark.deep
    def test_give_a_month_and_say_so_in_the_strip(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            contract = active(session, house)
            contract_id, seller_id = contract.id, house.seller.user_id
            finance_id = make_user(session, role=Role.FINANCE, name="Fátima Caixa").id
        page = f"/contratos/{contract_id}/meses-gratis"
        finance, seller = client_of(finance_id), client_of(seller_id)
        assert "começa em 01/08/2026" in finance.get(page).text
        assert "Dar meses grátis" not in seller.get(page).text
        assert finance.submit(page, {"months": "1"}).status_code == 422
        answer = finance.submit(page, {"months": "1", "reason": WHY})
        assert (answer.status_code, location(answer)) == (303, page)
        shown = seller.get(page).text
        for words in ("01/08/2026 a 31/08/2026", "Ainda não começou", "Fátima Caixa", WHY):
            assert words in shown
        assert "só a partir de 10/06/2027" in finance.get(page).text
        months = dict(months_on(seller.get(f"/contratos/{contract_id}").text))
        assert months["ago/2026"] == [("Grátis", page)]
