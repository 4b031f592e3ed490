"""An agreement over invoices whose charges come first. Figures by hand.

R$ 199,90 due on 15/07/2026; on 10/08, 26 days late, it costs 4,00 and 1,73 more: 205,63. An entry of 41,13 on
Thursday 13/08 pays the 5,73 and 35,40 of the invoice; parts of 54,84, 54,83 and 54,83 pay the rest of it.
"""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import divide_debt
from portal.agreements.models import Agreement
from portal.agreements.operations.breaking import break_agreement
from portal.agreements.pages.paper import agreement_paper
from portal.invoices.models import Invoice
from portal.shared.clock import at_sao_paulo
from tests.factories.agreements import company, pay_part, reload, signed, simulated, wanted
from tests.factories.overdue import nights
from tests.factories.quotes import House, make_house
from tests.portal.agreements.test_lives import books_hold
from tests.portal.receipts.test_charges_first import charged, costs, signed_with
from tests.portal.receipts.test_late_payments import come

TENTH, EIGHTEENTH = at_sao_paulo(date(2026, 8, 10), 10), at_sao_paulo(date(2026, 8, 18), 10)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def agreement(session: Session, house: House) -> Agreement:
    signed_with(session, house, first=1)
    nights(session, date(2026, 7, 5), date(2026, 7, 6))
    return signed(session, house.customer.id, TENTH)


def july(session: Session) -> Invoice:
    return session.scalars(select(Invoice).where(Invoice.installment_number == 2)).one()


def words(agreement: Agreement) -> str:
    return str(agreement_paper(agreement, company=company()))


class TestAnAgreementWhereChargesComeFirst:
    @pytest.mark.deep
    def test_has_them_in_its_earliest_payments(self, agreement: Agreement) -> None:
        parts = [(part.amount_cents, part.charges_cents) for part in agreement.parts]
        assert parts == [(41_13, 5_73), (54_84, 0), (54_83, 0), (54_83, 0)]
        assert agreement.charges_first
        assert "quita primeiro a multa e os juros" in words(agreement)

    def test_that_breaks_leaves_what_was_paid_as_paid_by_that_order(
        self, session: Session, agreement: Agreement
    ) -> None:
        pay_part(session, agreement, 0, TENTH)
        assert july(session).paid_cents == 35_40
        break_agreement(session, agreement_id=agreement.id, reason="Não pagou", actor=None, now=TENTH)
        assert charged(session, july(session)) == [(199_90, 26, 4_00, 1_73, 0, 0)]  # paid by the entry
        assert costs(session, july(session), date(2026, 8, 10)) == (164_50, 0, 0, 0)
        books_hold(session)

    @pytest.mark.deep
    def test_that_is_fulfilled_pays_all(self, session: Session, agreement: Agreement) -> None:
        for number in range(4):
            pay_part(session, agreement, number, TENTH)
        assert july(session).open_cents == 0
        books_hold(session)

    @pytest.mark.deep
    def test_has_a_part_of_a_part_pay_late_charges_then_agreed_ones_then_the_rest(
        self, session: Session, agreement: Agreement
    ) -> None:
        entry = agreement.parts[0].invoice
        assert entry is not None
        # Five days late, 35,40 cost 0,71 and 0,06 more; 20,00 pay that, the 5,73 and 13,50.
        come(session, entry, 20_00, EIGHTEENTH)
        assert charged(session, entry) == [(35_40, 5, 71, 6, 77, 0)]
        assert costs(session, entry, date(2026, 8, 18)) == (21_90, 0, 0, 0)
        # Ten more days of 1 % a month of 21,90 are 0,073.
        assert costs(session, entry, date(2026, 8, 28)) == (21_90, 0, 7, 0)
        reload(session, agreement)
        break_agreement(session, agreement_id=agreement.id, reason="Não pagou", actor=None, now=EIGHTEENTH)
        # The 19,23 that paid the entry are credit: of it 34 days of July cost 4,00 and 2,27.
        assert charged(session, july(session)) == [(199_90, 34, 4_00, 2_27, 6_27, 0)]
        assert july(session).paid_cents == 12_96
        books_hold(session)


class TestTheOrderOfAnAgreement:
    @pytest.mark.deep
    def test_is_charges_last_unless_all_its_invoices_say_otherwise(
        self, session: Session, house: House
    ) -> None:
        for first in (1, 0):
            signed_with(session, house, first=first)
        nights(session, date(2026, 7, 5), date(2026, 7, 6))
        today = date(2026, 8, 10)
        want = wanted(today, entry=82_26)
        terms = simulated(session, house.customer.id, want, today=today)
        assert [debt.charges_first for debt in terms.debts] == [True, False]
        assert not terms.charges_first
        assert 0 < terms.parts[0].charges_cents < 11_46
        agreement = signed(session, house.customer.id, TENTH, want)
        assert not agreement.charges_first
        assert "quita primeiro a multa" not in words(agreement)

    def test_leaves_every_payment_a_centavo_of_the_debt(self) -> None:
        divided = divide_debt(
            face_cents=100, charges_cents=250, discount_percent=0, entry_cents=50, parts=3, charges_first=True
        )
        assert [tuple(part) for part in divided.all_parts] == [(50, 49), (100, 99), (100, 99), (100, 3)]
