"""What a contract is billed from the day it is active, as rows. Amounts are those of the pricing examples."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.operations.ending import limit_billing
from portal.subscriptions.queries.reading import get_subscription, lines_of_payment
from portal.subscriptions.rules import BilledTo
from tests.factories.contracts import make_contract, pay
from tests.factories.quotes import House, make_house

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
FULL, PART = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL
SEVERAL_LINES: dict[str, Any] = {
    "quantities": {"user": 3, "register": 2},
    "apps": {"nfse": 1, "precos": 1},
    "setup": True,
    "negotiated_total": 279_77,
    "payment_method": "ted_boleto",
}
IN_FIVE: dict[str, Any] = {
    "plan": "mini",
    "term": "annual",
    "payment_method": "ted_card",
    "installments": 5,
    "negotiated_total": 60_01,
}


def active(session: Session, house: House | None = None, **selection: Any) -> Contract:
    house = house or make_house(session, tier="platina")
    return make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE, **selection)


def lines(session: Session, contract: Contract) -> list[SubscriptionLine]:
    found = select(SubscriptionLine).join(Subscription).where(Subscription.contract_id == contract.id)
    return list(session.scalars(found.order_by(SubscriptionLine.position)).all())


def price(line: SubscriptionLine) -> tuple[int, int, int, int]:
    return line.price_total_cents, line.price_part_cents, line.price_spare, line.price_dealt


def refused(session: Session, statement: Any) -> bool:
    try:
        with session.begin_nested():
            session.execute(statement)
    except IntegrityError:
        return True
    return False


class TestAMonthlyContract:
    @pytest.mark.deep
    def test_has_one_from_its_first_payment(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=FIRST_OF_JUNE)
        assert session.scalars(select(Subscription)).all() == []
        pay(session, contract.id, now=FIRST_OF_JUNE)
        row = session.scalars(select(Subscription)).one()
        assert (row.contract_id, row.partner_id, row.customer_id) == (
            contract.id,
            house.partner.id,
            house.customer.id,
        )
        assert (row.billed_to, row.payment_method) == (BilledTo.CUSTOMER, "boleto")
        assert (row.plan, row.plan_name, row.cycle) == ("gestao", "Hiper Gestão", "monthly")
        # 6.74 % of 199.90 are 13.47; 199.90 - 85.00 - 13.47 are left for the partner.
        assert (row.monthly_cents, row.cost_cents, row.repasse_cents) == (199_90, 85_00, 101_43)
        assert (row.counted_from, row.months, row.payments_in_term) == (date(2026, 6, 1), 1, 1)
        assert (row.due_day, row.first_period, row.first_ends_on) == (15, FULL, None)
        assert (row.next_number, row.next_due_on) == (2, date(2026, 7, 15))
        assert (row.bills_until, row.parked_reason) == (None, None)
        assert (row.activated_at, row.ended_at) == (FIRST_OF_JUNE, None)

    def test_has_its_lines_and_waterfall(self, session: Session) -> None:
        contract = active(session, make_house(session), **SEVERAL_LINES)
        rows = lines(session, contract)
        assert [
            (
                row.code,
                row.quantity,
                row.price_total_cents,
                row.cost_total_cents,
                row.central_fee_total_cents,
                row.vendor_share_total_cents,
                row.repasse_total_cents,
            )
            for row in rows
        ] == [
            # The fee of 18.86 shared out by price: 1266.08, 122.76, 311.92, 0 and 185.25 centavos.
            ("plan:gestao", 1, 187_81, 85_00, 12_66, 0, 90_15),
            ("addon:user", 1, 18_21, 7_00, 1_23, 0, 9_98),
            ("addon:register", 1, 46_27, 18_00, 3_12, 0, 25_15),
            ("app:precos", 1, 0, 0, 0, 0, 0),
            ("app:nfse", 1, 27_48, 9_00, 1_85, 0, 16_63),
            ("setup", 1, 589_00, 0, 39_70, 0, 549_30),
        ]
        assert [(row.first_number, row.last_number) for row in rows] == [(1, None)] * 5 + [(1, 1)]
        assert {(row.version, row.valid_from, row.payments) for row in rows} == {(1, date(2026, 6, 1), 1)}
        assert get_subscription(session, contract.id).payment_method == "boleto"


class TestInstallmentsThatDoNotDivide:
    @pytest.mark.deep
    def test_are_kept_as_integers(self, session: Session) -> None:
        (line,) = lines(session, active(session, **IN_FIVE))
        assert line.payments == 5
        assert price(line) == (720_12, 144_02, 2, 0)
        assert (line.cost_total_cents, line.cost_part_cents, line.cost_spare) == (384_00, 76_80, 0)
        assert (line.central_fee_total_cents, line.central_fee_part_cents) == (48_48, 9_69)
        assert (line.central_fee_spare, line.central_fee_dealt) == (3, 0)
        assert (line.vendor_share_total_cents, line.repasse_total_cents) == (0, 287_64)

    @pytest.mark.deep
    def test_are_given_by_sql_to_the_centavo(self, session: Session) -> None:
        contract = active(session, **IN_FIVE)
        found = []
        for number in range(2, 7):
            session.execute(update(Subscription).values(next_number=number))
            row = session.execute(lines_of_payment().where(Subscription.contract_id == contract.id)).one()
            found.append((row.number, row.amount_cents, row.central_fee_cents, row.repasse_cents))
        assert found == [
            (2, 144_03, 9_70, 57_53),
            (3, 144_02, 9_70, 57_52),
            (4, 144_02, 9_69, 57_53),
            (5, 144_02, 9_69, 57_53),
            (6, 144_03, 9_70, 57_53),  # the next year begins
        ]

    def test_deal_the_spare_centavos_out_over_the_lines(self, session: Session) -> None:
        contract = active(
            session,
            plan="mini",
            term="annual",
            payment_method="ted_card",
            installments=5,
            negotiated_lines={"plan:mini": 60_01, "app:qr_pix": 15_03},
            apps={"qr_pix": 1},
        )
        # 15.03 a month are 180.36 a year: 36.07 five times and a centavo, which goes to the third payment.
        assert [price(line) for line in lines(session, contract)] == [
            (720_12, 144_02, 2, 0),
            (180_36, 36_07, 1, 2),
        ]


class TestAContractBegunWithAPartOfAMonth:
    @pytest.mark.deep
    def test_has_the_first_days_apart(self, session: Session) -> None:
        house = make_house(session)
        change_first_period(
            session, plan="gestao", wanted=PART, seen=FULL, actor=house.admin, now=FIRST_OF_JUNE
        )
        contract = active(session, house, setup=True)
        row = get_subscription(session, contract.id)
        assert (row.first_period, row.first_ends_on) == (PART, date(2026, 6, 14))
        assert (row.next_number, row.next_due_on) == (2, date(2026, 6, 15))
        month, first_days, setup = lines(session, contract)
        assert (month.first_number, month.last_number, month.price_total_cents) == (2, None, 199_90)
        # 14 of 31 days: 90.28 of 199.90, 38.39 of 85.00 and 6.08 of 13.47.
        assert (first_days.first_number, first_days.last_number) == (1, 1)
        assert (first_days.price_total_cents, first_days.cost_total_cents) == (90_28, 38_39)
        assert (first_days.central_fee_total_cents, first_days.repasse_total_cents) == (6_08, 45_81)
        assert (setup.code, setup.last_number, setup.price_total_cents) == ("setup", 1, 490_00)


class TestAPartnerThatBillsItsCustomer:
    @pytest.mark.deep
    def test_owes_the_cost_and_gets_no_repasse(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = "hiperador"
        contract = active(
            session, house, arrangement="hiperador", plan="mini", term="semiannual", apps={"qr_pix": 1}
        )
        row = get_subscription(session, contract.id)
        assert (row.billed_to, row.monthly_cents, row.cost_cents) == (BilledTo.PARTNER, 98_80, 40_50)
        assert [
            (line.price_total_cents, line.cost_total_cents, line.repasse_total_cents)
            for line in lines(session, contract)
        ] == [(216_00, 216_00, 0), (27_00, 27_00, 0)]


class TestTheRows:
    @pytest.mark.parametrize(
        "change",
        [
            {"plan": "mini"},
            {"cycle": "annual"},
            {"months": 12},
            {"due_day": 20},
            {"counted_from": date(2026, 6, 2)},
            {"place_shift": 1},
            {"billed_to": "partner"},
            {"next_number": 1},
            {"next_due_on": None},
            {"ended_at": FIRST_OF_JUNE},
            {"parked_reason": ""},
            {"bills_until": date(2026, 7, 14)},
        ],
    )
    def test_of_a_subscription_refuse_what_cannot_be(self, session: Session, change: dict[str, Any]) -> None:
        active(session)
        assert refused(session, update(Subscription).values(**change))

    def test_of_a_subscription_are_one_a_contract_and_stay(self, session: Session) -> None:
        active(session)
        row = session.scalars(select(Subscription)).one()
        values = {column.name: getattr(row, column.name) for column in Subscription.__table__.columns}
        del values["id"]
        assert refused(session, insert(Subscription).values(**values))
        assert refused(session, delete(Subscription))

    def test_never_go_back_to_a_payment_that_was_billed(self, session: Session) -> None:
        active(session)
        assert not refused(session, update(Subscription).values(next_number=3))
        assert refused(session, update(Subscription).values(next_number=2))

    def test_of_a_line_are_never_changed(self, session: Session) -> None:
        active(session)
        assert refused(session, update(SubscriptionLine).values(label="Outro"))
        assert refused(session, delete(SubscriptionLine))

    def test_of_a_set_get_no_line_more(self, session: Session) -> None:
        contract = active(session)
        (line,) = lines(session, contract)
        values = {column.name: getattr(line, column.name) for column in SubscriptionLine.__table__.columns}
        del values["id"]
        more = insert(SubscriptionLine)
        assert refused(session, more.values(**values | {"position": 2}))
        assert refused(session, more.values(**values | {"version": 2, "price_spare": 1}))
        assert refused(session, more.values(**values | {"version": 2, "repasse_total_cents": 1}))
        assert not refused(session, more.values(**values | {"version": 2}))

    def test_of_a_new_set_hold_from_its_day(self, session: Session) -> None:
        contract = active(session)
        (line,) = lines(session, contract)
        values = {column.name: getattr(line, column.name) for column in SubscriptionLine.__table__.columns}
        del values["id"]
        later = {"version": 2, "valid_from": date(2026, 8, 15), "label": "Hiper Gestão reajustado"}
        session.execute(insert(SubscriptionLine).values(**values | later))
        for number, due_on, label in (
            (2, date(2026, 7, 15), "Hiper Gestão"),
            (3, date(2026, 8, 15), "Hiper Gestão reajustado"),
        ):
            session.execute(update(Subscription).values(next_number=number, next_due_on=due_on))
            assert session.execute(lines_of_payment()).one().label == label

    def test_say_nothing_is_due_after_the_last_day(self, session: Session) -> None:
        contract = active(session)
        limit_billing(session, contract_id=contract.id, last_day=date(2026, 7, 15))
        row = get_subscription(session, contract.id)
        assert (row.bills_until, row.next_due_on) == (date(2026, 7, 15), date(2026, 7, 15))
        limit_billing(session, contract_id=contract.id, last_day=date(2026, 7, 14))
        session.refresh(row)
        assert (row.bills_until, row.next_due_on) == (date(2026, 7, 14), None)
