"""Lives of a debt agreement, figures by hand: fulfilled, broken, refunded, and what ends meanwhile.

Active since 01/06/2026, R$ 199,90 a month. July's invoice, due on Wednesday 15/07, pays August and is not
paid: suspended on 01/08. On 10/08, 26 days late, it costs 199,90 + 4,00 + 1,73 = 205,63. An entry of 41,13 on
13/08 and parts of 54,84, 54,83 and 54,83 share the 5,73 of charges out as 1,14, 1,53, 1,53 and 1,53.
"""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.agreements.models import Agreement
from portal.agreements.operations.breaking import break_agreement, list_broken
from portal.agreements.pages.paper import agreement_paper
from portal.agreements.queries.books import find_unbooked_agreements, find_unlike_debts
from portal.agreements.rules.states import AgreementState
from portal.contracts.models import Contract
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.queries.books import find_broken_receivables, find_broken_sums
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.months import find_uncovered_payments
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.overdue.queries.books import find_broken_suspensions, find_suspended_for_nothing
from portal.payouts.operations.accruing import accrue_paid_invoice
from portal.payouts.queries.books import find_broken_accruals, find_broken_cash
from portal.receipts.models.payment import Payment
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.queries.credits import find_broken_credits
from portal.receipts.rules.receiving import Payer
from portal.receipts.rules.returning import ReturnCause
from portal.settings.models import Setting
from portal.settings.rules.names import Name
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.queries.coverage import find_broken_coverages, released_until
from tests.factories.agreements import company, debts_of, part_of, pay_part, reload, signed, wanted
from tests.factories.overdue import (
    MENTORING,
    active,
    invoices_of,
    night,
    nights,
    state_of,
    suspensions_of,
)
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.support.remembered import remembered

TENTH = at_sao_paulo(date(2026, 8, 10), 10)
TWELFTH = at_sao_paulo(date(2026, 8, 12), 15)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    """Suspended since 01/08."""
    return by_night(session, house)


@remembered
def by_night(session: Session, house: House) -> Contract:
    contract = active(session, house)
    nights(session, date(2026, 7, 5), date(2026, 7, 6))
    nights(session, date(2026, 7, 19), date(2026, 7, 20))
    nights(session, date(2026, 8, 1), date(2026, 8, 2))
    assert state_of(session, contract) == "Suspenso"
    return contract


def books_hold(session: Session) -> None:
    """Every invariant of what an agreement touches."""
    session.flush()
    assert find_unlike_debts(session) == []
    assert find_unbooked_agreements(session) == []
    assert find_broken_receivables(session) == []
    assert find_broken_sums(session) == []
    assert find_broken_cash(session) == []
    assert find_broken_credits(session) == []
    assert find_broken_coverages(session) == []
    assert find_uncovered_payments(session) == []
    assert find_broken_suspensions(session) == []
    assert find_suspended_for_nothing(session) == []


def part_paid(session: Session, agreement: Agreement) -> None:
    """The customer itself pays R$ 20,00 of the entry."""
    entry = part_of(session, agreement, 0)
    payer = Payer(name=entry.payer_name, document=entry.payer_document)
    pay(session, invoice_id=entry.id, amount_cents=20_00, now=TWELFTH, payer=payer)
    assert entry.paid_cents == 20_00


def accrued(session: Session, invoice: Invoice) -> int:
    accrue_paid_invoice(session, invoice.id, now=TWELFTH)
    total = text("SELECT coalesce(sum(repasse_cents), 0) FROM repasse_accruals WHERE invoice_id = :id")
    return int(session.execute(total, {"id": invoice.id}).scalar_one())


class TestSigned:
    @pytest.mark.deep
    def test_holds_the_debt_and_asks_for_its_parts(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        parts = [
            (part.number, f"{part.due_on:%d/%m/%Y}", part.amount_cents, part.charges_cents)
            for part in agreement.parts
        ]
        assert parts == [
            (0, "13/08/2026", 41_13, 1_14),
            (1, "13/09/2026", 54_84, 1_53),
            (2, "13/10/2026", 54_83, 1_53),
            (3, "13/11/2026", 54_83, 1_53),
        ]
        assert agreement.total_cents == 205_63
        (held,) = debts_of(session, agreement)
        assert (held.state, held.open_cents) == (InvoiceState.IN_AGREEMENT, 0)
        entry = part_of(session, agreement, 0)
        assert (entry.kind, entry.state, entry.carried_cents) == (
            InvoiceKind.AGREEMENT,
            InvoiceState.OPEN,
            1_14,
        )
        assert entry.explanation == f"Acordo {agreement.label}, entrada, da fatura {held.label}."
        assert state_of(session, contract) == "Suspenso"  # until the entry is paid
        books_hold(session)

    @pytest.mark.deep
    def test_is_not_charged_late_again_meanwhile(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        nights(session, date(2026, 8, 11), date(2026, 8, 13))
        assert state_of(session, contract) == "Suspenso"
        assert len(invoices_of(session, contract)) == 1  # nothing is billed before the service is back
        (held,) = debts_of(session, agreement)
        assert due_on_day(session, held, date(2026, 12, 1)).total_cents == 0

    def test_releases_with_the_signature_where_there_is_no_entry(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        want = wanted(date(2026, 8, 10), entry=0, parts=3)
        agreement = signed(
            session, house.customer.id, TENTH, want, actor=house.admin, reason="Cliente antigo"
        )
        assert agreement.state is AgreementState.RUNNING
        assert [part.number for part in agreement.parts] == [1, 2, 3]
        assert f"{agreement.parts[0].due_on:%d/%m}" == "13/08"
        assert state_of(session, contract) == "Em dia"
        books_hold(session)


class TestItsEntry:
    @pytest.mark.deep
    def test_brings_the_service_back_with_the_time_of_the_debt(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        pay_part(session, agreement, 0, TWELFTH)
        assert reload(session, agreement).state is AgreementState.RUNNING
        assert state_of(session, contract) == "Em dia"
        assert released_until(session, contract.id) == date(2026, 8, 31)
        (suspension,) = suspensions_of(session, contract)
        assert suspension.release_reason is not None
        assert suspension.release_reason.value == "agreed"
        (held,) = debts_of(session, agreement)
        assert (held.state, held.paid_cents) == (InvoiceState.IN_AGREEMENT, 39_99)
        night(session, date(2026, 8, 13))
        billed = invoices_of(session, contract)
        assert [f"{each.due_on:%d/%m}" for each in billed] == ["15/07", "15/08"]
        books_hold(session)

    @pytest.mark.deep
    def test_paid_in_part_begins_nothing(self, session: Session, house: House, contract: Contract) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        part_paid(session, agreement)
        assert reload(session, agreement).state is AgreementState.AWAITING_ENTRY
        assert state_of(session, contract) == "Suspenso"
        books_hold(session)


class TestFulfilled:
    def test_settles_the_debt_and_gives_its_repasse_once(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        """The share of 199,90 is that of any month: 199,90 - 85,00 - 13,47 = 101,43. Parts give none."""
        agreement = signed(session, house.customer.id, TENTH)
        for number, day in enumerate(
            (date(2026, 8, 12), date(2026, 9, 10), date(2026, 10, 13), date(2026, 11, 13))
        ):
            pay_part(session, agreement, number, at_sao_paulo(day, 15))
            books_hold(session)
        agreement = reload(session, agreement)
        assert (agreement.state, agreement.close_reason) == (
            AgreementState.FULFILLED,
            "Todas as parcelas foram pagas.",
        )
        (debt,) = debts_of(session, agreement)
        assert (debt.state, debt.paid_cents) == (InvoiceState.PAID, 199_90)
        assert accrued(session, debt) == 101_43
        assert accrued(session, part_of(session, agreement, 1)) == 0
        assert debt.id not in find_broken_accruals(session)
        assert part_of(session, agreement, 1).id not in find_broken_accruals(session)
        assert session.scalars(select(LateCharge)).all() == []

    def test_settles_the_oldest_first(self, session: Session, house: House) -> None:
        """Mentoring is billed while suspended: July's and August's invoices are late on 01/09."""
        contract = active(session, house, **MENTORING)
        for day in (date(2026, 7, 6), date(2026, 7, 20), date(2026, 8, 6), date(2026, 8, 31)):
            night(session, day)
        first, second = invoices_of(session, contract)[:2]
        now = at_sao_paulo(date(2026, 9, 1), 10)
        total = sum(due_on_day(session, each, date(2026, 9, 1)).total_cents for each in (first, second))
        want = wanted(date(2026, 9, 1), entry=(total + 1) // 2, parts=2)
        agreement = signed(session, house.customer.id, now, want, actor=house.admin, reason="Combinado")
        pay_part(session, agreement, 0, now)
        pay_part(session, agreement, 1, now)
        states = [each.state for each in debts_of(session, agreement)]
        assert states == [InvoiceState.PAID, InvoiceState.IN_AGREEMENT]
        books_hold(session)


class TestBroken:
    def broken(self, session: Session, house: House) -> Agreement:
        """The entry is paid on 12/08, the part of Sunday 13/09 not: 15 days after Monday 14/09 are over."""
        agreement = signed(session, house.customer.id, TENTH)
        pay_part(session, agreement, 0, TWELFTH)
        assert list_broken(session, now=at_sao_paulo(date(2026, 9, 29), 1)) == []
        now = at_sao_paulo(date(2026, 9, 30), 1)
        assert list_broken(session, now=now) == [agreement.id]
        break_agreement(session, agreement_id=agreement.id, reason="Não paga", actor=None, now=now)
        return reload(session, agreement)

    def test_is_what_was_signed_whatever_the_settings_become(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        days = {Name.AGREEMENT_ENTRY_DAYS: 1, Name.AGREEMENT_BROKEN_DAYS: 5}
        for name, number in days.items():
            session.add(Setting(name=name, value=number, changed_at=TENTH, changed_by_name="Elisa"))
        session.flush()
        assert (agreement.entry_days, agreement.part_days) == (5, 15)
        assert list_broken(session, now=at_sao_paulo(date(2026, 8, 18), 1)) == []
        assert list_broken(session, now=at_sao_paulo(date(2026, 8, 19), 1)) == [agreement.id]
        paper = str(agreement_paper(agreement, company=company()).parts)
        assert "se a entrada atrasar mais de 5 dias, ou uma parcela mais de 15" in paper

    @pytest.mark.deep
    def test_restores_the_debt_less_what_was_paid(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        """199,90 - 39,99 = 159,91 is open, 77 days late: 3,20 and 4,10.

        The 39,99 came 28 days late: 0,80 and 0,37, of which the entry paid 1,14; 0,03 are left.
        """
        agreement = self.broken(session, house)
        (debt,) = debts_of(session, agreement)
        assert (debt.state, debt.open_cents, debt.due_on) == (InvoiceState.OPEN, 159_91, date(2026, 7, 15))
        due = due_on_day(session, debt, date(2026, 9, 30))
        assert (due.days_late, due.late_fee_cents, due.late_interest_cents) == (77, 3_20, 4_10)
        assert due.earlier_cents == 3
        assert due.total_cents == 167_24
        left = [part_of(session, agreement, number).state for number in (1, 2, 3)]
        assert left == [InvoiceState.VOID] * 3
        books_hold(session)

    @pytest.mark.deep
    def test_takes_the_time_back_and_suspends_by_night(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        self.broken(session, house)
        assert released_until(session, contract.id) == date(2026, 7, 31)
        nights(session, date(2026, 9, 30), date(2026, 10, 1))
        assert state_of(session, contract) == "Suspenso"
        books_hold(session)

    @pytest.mark.deep
    def test_counts_a_part_of_a_part(self, session: Session, house: House, contract: Contract) -> None:
        """20,00 of the entry: after five days without the rest 179,90 of the invoice are open."""
        agreement = signed(session, house.customer.id, TENTH)
        part_paid(session, agreement)
        now = at_sao_paulo(date(2026, 8, 19), 1)
        assert list_broken(session, now=now) == [agreement.id]
        break_agreement(session, agreement_id=agreement.id, reason="Não paga", actor=None, now=now)
        (debt,) = debts_of(session, agreement)
        assert debt.open_cents == 179_90
        books_hold(session)


class TestMoneyGoingBack:
    def returned(self, session: Session, agreement: Agreement, number: int) -> None:
        invoice = part_of(session, agreement, number)
        payment = session.scalars(select(Payment).where(Payment.invoice_id == invoice.id)).one()
        asked = Asked(
            cause=ReturnCause.DISPUTE,
            key=f"d{number}",
            amount_cents=payment.amount_cents,
            reason="Contestado",
        )
        take_payment_back(session, payment_id=payment.id, asked=asked, actor=None, now=TWELFTH)

    def test_empties_what_the_part_had_filled(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        for number in range(4):
            pay_part(session, agreement, number, TWELFTH)
        (debt,) = debts_of(session, agreement)
        assert accrued(session, debt) == 101_43
        self.returned(session, agreement, 2)
        agreement = reload(session, agreement)
        assert agreement.state is AgreementState.RUNNING
        (debt,) = debts_of(session, agreement)
        assert (debt.state, debt.paid_cents) == (InvoiceState.IN_AGREEMENT, 146_60)
        assert part_of(session, agreement, 2).state is InvoiceState.OPEN
        back = text("SELECT sum(paid_cents) FROM repasse_reversals WHERE invoice_id = :id")
        assert session.execute(back, {"id": debt.id}).scalar_one() == -53_30
        books_hold(session)
        pay_part(session, agreement, 2, TWELFTH)
        assert reload(session, agreement).state is AgreementState.FULFILLED
        books_hold(session)

    def test_leaves_the_debt_itself_after_a_break(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        pay_part(session, agreement, 0, TWELFTH)
        break_agreement(session, agreement_id=agreement.id, reason="Pedido", actor=house.admin, now=TWELFTH)
        self.returned(session, agreement, 0)
        (debt,) = debts_of(session, agreement)
        assert (debt.state, debt.open_cents) == (InvoiceState.OPEN, 199_90)
        assert part_of(session, agreement, 0).state is InvoiceState.VOID
        books_hold(session)
