"""Lateness lived day by day: notice, suspension, release; figures and days by hand.

A monthly contract of R$ 199,90 active since 01/06/2026 is paid until 31/07 and due next on Wednesday 15/07.
"""

from datetime import date

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.catalog.rules import ServiceKind
from portal.contracts.rules.states import ContractState
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.months import find_uncovered_payments
from portal.invoices.rules.refusals import NotBilledWhileSuspended
from portal.overdue.rules.lateness import ReleaseReason
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.subscriptions.models import Coverage, Subscription
from portal.subscriptions.queries.coverage import find_broken_coverages, list_coverages, paid_time_by
from tests.factories.overdue import (
    MENTORING,
    active,
    contract_state,
    invoices_of,
    night,
    nights,
    notices_of,
    paid,
    state_of,
    subscription_of,
    suspensions_of,
)
from tests.factories.payments import pay
from tests.factories.quotes import make_house

FIFTH_OF_JULY, FIRST_OF_AUGUST = date(2026, 7, 5), date(2026, 8, 1)


def covered(session: Session, contract_id: int) -> list[tuple[int, date, date]]:
    rows = select(Coverage.number, Coverage.covers_from, Coverage.covers_until).where(
        Coverage.contract_id == contract_id
    )
    return [tuple(row) for row in session.execute(rows.order_by(Coverage.number))]  # type: ignore[misc]


class TestASubscriptionThatIsNotPaid:
    @pytest.mark.deep
    def test_goes_from_grace_to_late_to_suspended(self, session: Session) -> None:
        contract = active(session)
        night(session, FIFTH_OF_JULY)
        seen = {}
        for day in (15, 16, 18, 19, 31):
            night(session, date(2026, 7, day))
            seen[day] = state_of(session, contract)
        night(session, FIRST_OF_AUGUST)
        assert seen == {
            15: "Em dia",
            16: "Em tolerância",
            18: "Em tolerância",
            19: "Em atraso",
            31: "Em atraso",
        }
        assert state_of(session, contract) == "Suspenso"
        assert contract_state(session, contract) is ContractState.SUSPENDED

    @pytest.mark.deep
    def test_is_given_notice_with_reason_amount_and_deadline(self, session: Session) -> None:
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 7, 25))
        (notice,) = notices_of(session, contract)
        (invoice,) = invoices_of(session, contract)
        assert notice.reason == f"Fatura {invoice.label}, vencida em 15/07/2026"
        assert (notice.amount_cents, notice.suspends_on) == (199_90, FIRST_OF_AUGUST)
        assert notice.noticed_at == at_sao_paulo(date(2026, 7, 19), 1)
        mails = select(func.count()).where(
            MailMessage.kind == "overdue_notice", MailMessage.subject_id == notice.id
        )
        assert session.scalar(mails) == 1

    @pytest.mark.deep
    def test_that_nobody_looked_at_is_given_notice_before_it_is_suspended(self, session: Session) -> None:
        contract = active(session)
        night(session, FIFTH_OF_JULY)
        nights(session, date(2026, 9, 10), date(2026, 9, 14))
        assert state_of(session, contract) == "Em atraso"
        night(session, date(2026, 9, 15))
        assert state_of(session, contract) == "Suspenso"

    def test_is_invoiced_no_further_while_suspended(self, session: Session) -> None:
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 25))
        assert len(invoices_of(session, contract)) == 1
        with pytest.raises(NotBilledWhileSuspended):
            issue_installment(session, contract=contract, number=3, now=at_sao_paulo(date(2026, 8, 25), 9))

    @pytest.mark.deep
    def test_has_one_notice_and_one_suspension_however_often_the_night_comes(self, session: Session) -> None:
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 10))
        night(session, date(2026, 8, 10))
        assert len(notices_of(session, contract)) == 1 == len(suspensions_of(session, contract))


class TestPaying:
    @pytest.mark.deep
    def test_releases_at_once_and_the_cycle_goes_on(self, session: Session) -> None:
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 10))
        (invoice,) = invoices_of(session, contract)
        paid(session, invoice, at_sao_paulo(date(2026, 8, 10), 15))
        (suspension,) = suspensions_of(session, contract)
        assert (suspension.released_at, suspension.release_reason) == (
            at_sao_paulo(date(2026, 8, 10), 15),
            ReleaseReason.PAID,
        )
        assert state_of(session, contract) == "Em dia"
        assert contract_state(session, contract) is ContractState.ACTIVE
        night(session, date(2026, 8, 11))
        assert [invoice.due_on for invoice in invoices_of(session, contract)] == [
            date(2026, 7, 15),
            date(2026, 8, 15),
        ]

    @pytest.mark.deep
    def test_after_months_pays_for_the_days_from_then_on_and_no_month_twice(self, session: Session) -> None:
        """Suspended from 01/08; paid on Sunday 20/09: the rest of September, October comes next."""
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 2))
        (invoice,) = invoices_of(session, contract)
        paid(session, invoice, at_sao_paulo(date(2026, 9, 20), 10))
        assert covered(session, contract.id) == [
            (1, date(2026, 6, 1), date(2026, 7, 31)),
            (2, date(2026, 9, 20), date(2026, 9, 30)),
        ]
        assert state_of(session, contract) == "Em dia"
        night(session, date(2026, 9, 21))
        assert [(each.period_from, each.due_on) for each in invoices_of(session, contract)[1:]] == [
            (date(2026, 10, 1), date(2026, 9, 21))
        ]
        released = paid_time_by(contract, list_coverages(session, contract.id))
        assert released is not None
        assert (released.released_until, released.next_due_on) == (date(2026, 9, 30), date(2026, 9, 15))
        assert find_broken_coverages(session) == [] == find_uncovered_payments(session)

    @pytest.mark.deep
    def test_in_grace_leaves_no_trace(self, session: Session) -> None:
        contract = active(session)
        night(session, FIFTH_OF_JULY)
        night(session, date(2026, 7, 17))
        (invoice,) = invoices_of(session, contract)
        paid(session, invoice, at_sao_paulo(date(2026, 7, 17), 9))
        night(session, date(2026, 8, 1))
        assert state_of(session, contract) == "Em dia"
        assert notices_of(session, contract) == [] == suspensions_of(session, contract)

    @pytest.mark.deep
    def test_a_part_releases_nothing(self, session: Session) -> None:
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 2))
        (invoice,) = invoices_of(session, contract)
        now = at_sao_paulo(date(2026, 8, 3), 9)
        pay(session, invoice_id=invoice.id, amount_cents=100_00, now=now)
        session.expire_all()
        assert state_of(session, contract) == "Suspenso"


class TestACreditNote:
    def test_for_what_is_late_releases_and_bills_no_month_that_is_over(self, session: Session) -> None:
        house = make_house(session)
        contract = active(session, house)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 2))
        (invoice,) = invoices_of(session, contract)
        issue_credit_note(
            session,
            invoice_id=invoice.id,
            amount_cents=199_90,
            reason="Combinado com o cliente",
            seen_cents=0,
            actor=house.admin,
            now=at_sao_paulo(date(2026, 10, 10), 9),
        )
        session.expire_all()
        (suspension,) = suspensions_of(session, contract)
        assert suspension.release_reason is ReleaseReason.CANCELED
        subscription = subscription_of(session, contract)
        # August and September are over and were not served: October's is the next.
        assert (subscription.next_number, subscription.next_due_on) == (4, date(2026, 9, 15))


class TestMentoring:
    @pytest.mark.deep
    def test_goes_on_being_invoiced_and_returns_when_both_are_paid(self, session: Session) -> None:
        contract = active(session, **MENTORING)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 10))
        late, present = invoices_of(session, contract)
        assert state_of(session, contract) == "Suspenso"
        paid(session, late, at_sao_paulo(date(2026, 8, 10), 9))
        assert state_of(session, contract) == "Suspenso"
        paid(session, present, at_sao_paulo(date(2026, 8, 10), 10))
        assert state_of(session, contract) == "Em dia"
        assert contract_state(session, contract) is ContractState.ACTIVE

    @pytest.mark.deep
    def test_of_a_customer_that_has_a_subscription_too_is_decided_by_itself(self, session: Session) -> None:
        house = make_house(session)
        mentoring, software = active(session, house, **MENTORING), active(session, house)
        night(session, FIFTH_OF_JULY)
        (invoice,) = invoices_of(session, mentoring)
        paid(session, invoice, at_sao_paulo(date(2026, 7, 14), 9))
        nights(session, date(2026, 7, 19), date(2026, 8, 5))
        assert (state_of(session, mentoring), state_of(session, software)) == ("Em dia", "Suspenso")


class TestTelecom:
    def test_is_suspended_fifteen_days_after_its_notice_and_returns_at_once(self, session: Session) -> None:
        contract = active(session)
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no plan is telecom here
        session.execute(update(Subscription).values(service_kind=ServiceKind.TELECOM))
        session.execute(text("SET LOCAL session_replication_role = origin"))
        session.expire_all()
        nights(session, FIFTH_OF_JULY, date(2026, 8, 2))
        (notice,) = notices_of(session, contract)
        assert notice.noticed_at == at_sao_paulo(date(2026, 7, 19), 1)
        assert (notice.suspends_on, state_of(session, contract)) == (date(2026, 8, 3), "Em atraso")
        night(session, date(2026, 8, 3))
        assert state_of(session, contract) == "Suspenso"
        (invoice,) = invoices_of(session, contract)
        paid(session, invoice, at_sao_paulo(date(2026, 8, 3), 9))
        assert state_of(session, contract) == "Em dia"


class TestTheDatabase:
    SUSPEND = (
        "INSERT INTO suspensions (contract_id, partner_id, customer_id, notice_id, suspended_at)"
        " SELECT contract_id, partner_id, customer_id, id, :at FROM overdue_notices"
    )

    @pytest.mark.deep
    def test_refuses_a_suspension_before_the_day_of_its_notice(self, session: Session) -> None:
        active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 7, 20))
        with pytest.raises(IntegrityError, match="before the day of the notice"):
            session.execute(text(self.SUSPEND), {"at": at_sao_paulo(date(2026, 7, 31), 23)})

    def test_refuses_one_without_any_notice(self, session: Session) -> None:
        active(session)
        for statement in (
            "UPDATE contracts SET state = 'suspended'",
            "UPDATE subscriptions SET service_state = 'suspended'",
        ):
            with pytest.raises(IntegrityError, match="without a notice"), session.begin_nested():
                session.execute(text(statement))

    @pytest.mark.deep
    def test_refuses_one_while_a_paid_boleto_is_being_settled(self, session: Session) -> None:
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 7, 31))
        (invoice,) = invoices_of(session, contract)
        boleto_paid(session, invoice.id)
        with pytest.raises(IntegrityError, match="while a boleto is being settled"), session.begin_nested():
            session.execute(text(self.SUSPEND), {"at": at_sao_paulo(FIRST_OF_AUGUST, 1)})
        night(session, FIRST_OF_AUGUST)
        assert state_of(session, contract) == "Em tolerância"

    @pytest.mark.deep
    def test_keeps_notices_as_they_were(self, session: Session) -> None:
        active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 7, 20))
        with pytest.raises(IntegrityError, match="append-only"):
            session.execute(text("UPDATE overdue_notices SET suspends_on = suspends_on - 3"))


def boleto_paid(session: Session, invoice_id: int) -> None:
    """The bank says that a boleto is paid, and the money is not here yet."""
    now = at_sao_paulo(date(2026, 7, 31), 9)
    issue_boleto(session, invoice_id=invoice_id, account=boleto_account(session), now=now)
    session.execute(
        text("UPDATE boletos SET state = 'paid_unsettled', paid_at = :at WHERE invoice_id = :id"),
        {"at": now, "id": invoice_id},
    )
