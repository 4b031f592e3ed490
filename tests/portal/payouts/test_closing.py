"""Closing a month: who gets which lot, line by line, and what never changes after."""

from datetime import date

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.payouts.models import Payout, PayoutClosing, PayoutLine, RepasseAccrual
from portal.payouts.operations import closing
from portal.payouts.operations.closing import ask_to_close, close_chunk
from portal.payouts.operations.paying import Remittance, record_transfer
from portal.payouts.operations.reversing import reverse_repasse
from portal.payouts.queries.books import find_broken_payables
from portal.payouts.rules import MonthNotOver, NothingToPay, NotPaidYet, ReversalCause
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.payouts import close_month, lots_of, make_finance, pay_lot
from tests.factories.quotes import House, make_house

MAY, JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (5, 6, 7, 8))
MID_JUNE, MID_JULY, MID_AUGUST = (at_sao_paulo(date(2026, month, 10), 12) for month in (6, 7, 8))


def house_of(session: Session, arrangement: str, name: str) -> House:
    house = make_house(session, name=f"{name} Ltda", trade_name=name)
    house.partner.arrangement, house.partner.trade_name = arrangement, f"Revenda {name}"
    return house


def amounts(session: Session, lot: Payout) -> list[tuple[str, int]]:
    lines = session.scalars(select(PayoutLine).where(PayoutLine.payout_id == lot.id).order_by(PayoutLine.id))
    return [(line.kind.value, line.amount_cents) for line in lines]


def take_back(session: Session, *, invoice_id: int, cents: int, on: date, key: str = "refund:1") -> None:
    reverse_repasse(
        session,
        invoice_id=invoice_id,
        cents=cents,
        cause=ReversalCause.REFUND,
        cause_key=key,
        reason="Cliente desistiu no prazo",
        actor=None,
        now=at_sao_paulo(on, 11),
    )


class TestTheThreeArrangements:
    @pytest.mark.deep
    def test_stand_side_by_side(self, session: Session) -> None:
        """The same sale three times: Hiper Gestão with one more user, R$ 219,80 a month, and R$ 490,00 setup.

        | line            |   paid | Central de Cobranças      | Central de Leads | Hiperador |
        |                 |        | cost   6,74 % fee  share  | 55 %      share  |           |
        | plan            | 199,90 | 85,00  13,47      101,43  | 109,95    89,95  |         – |
        | user            |  19,90 |  7,00   1,34       11,56  |  10,94     8,96  |         – |
        | setup           | 490,00 |     –  33,03      456,97  | 269,50   220,50  |         – |
        | together        | 709,80 | 92,00  47,84      569,96  | 390,39   319,41  |         – |
        """
        billing = house_of(session, "central_cobranca", "Padaria")
        leads = house_of(session, "central_leads", "Oficina")
        own = house_of(session, "hiperador", "Mercado")
        for house in (billing, leads, own):
            make_contract(
                session,
                house,
                state=ContractState.ACTIVE,
                now=MID_JUNE,
                arrangement=house.partner.arrangement,
                quantities={"user": 3},
                setup=True,
            )
        close_month(session, JUNE, actor=make_finance(session))
        (of_billing,), (of_leads,) = (lots_of(session, house.partner.id) for house in (billing, leads))
        assert amounts(session, of_billing) == [
            ("accrual", 101_43),
            ("accrual", 11_56),
            ("accrual", 456_97),
        ]
        assert amounts(session, of_leads) == [("accrual", 89_95), ("accrual", 8_96), ("accrual", 220_50)]
        assert (of_billing.total_cents, of_leads.total_cents) == (569_96, 319_41)
        assert lots_of(session, own.partner.id) == []
        assert find_broken_payables(session) == []


class TestClosingAMonth:
    @pytest.mark.deep
    def test_takes_what_came_up_to_its_end_and_leaves_the_rest_to_the_next(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JULY, setup=True)
        close_month(session, JUNE, actor=finance)
        close_month(session, JULY, actor=finance)
        june, july = lots_of(session, house.partner.id)
        assert (june.month, june.total_cents, june.line_count) == (JUNE, 101_43, 1)
        # 101.43 of the fee and 456.97 of the setup fee.
        assert (july.month, july.total_cents, july.line_count) == (JULY, 558_40, 2)

    @pytest.mark.deep
    def test_gives_what_accrued_late_to_the_next_lot(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        close_month(session, JUNE, actor=finance)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)  # its job was held up
        close_month(session, JUNE, actor=finance)
        assert [lot.total_cents for lot in lots_of(session, house.partner.id)] == [101_43]
        close_month(session, JULY, actor=finance)
        assert [lot.total_cents for lot in lots_of(session, house.partner.id)] == [101_43, 101_43]

    @pytest.mark.deep
    def test_asked_twice_gives_each_partner_one_lot(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        for _click in range(2):
            close_month(session, JUNE, actor=finance)
        assert len(lots_of(session, house.partner.id)) == 1

    def test_goes_on_where_it_was_stopped(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(closing, "PARTNERS_AT_ONCE", 1)
        houses = [make_house(session) for _each in range(3)]
        for house in houses:
            make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        finance = make_finance(session)
        for _click in range(2):
            ask_to_close(session, month=JUNE, actor=finance, now=MID_JULY)
        asked = session.scalars(select(PayoutClosing)).one()
        counts = []
        while asked.done_at is None:
            close_chunk(session, asked.id, now=MID_JULY)
            counts.append(len(session.scalars(select(Payout)).all()))
        assert counts == [1, 2, 3, 3]

    def test_is_refused_while_the_month_goes_on(self, session: Session) -> None:
        finance = make_finance(session)
        last_day = at_sao_paulo(date(2026, 6, 30), 23, 59)
        with pytest.raises(MonthNotOver, match="Junho de 2026 ainda não terminou"):
            ask_to_close(session, month=JUNE, actor=finance, now=last_day)
        ask_to_close(session, month=JUNE, actor=finance, now=at_sao_paulo(JULY))

    @pytest.mark.deep
    def test_does_not_go_back_before_a_lot_that_is_there(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JULY)
        close_month(session, JULY, actor=finance)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        close_month(session, JUNE, actor=finance, now=MID_AUGUST)
        assert [lot.month for lot in lots_of(session, house.partner.id)] == [JULY]


class TestANegativeBalance:
    @pytest.mark.deep
    def test_is_a_named_line_of_the_next_statement_until_it_is_made_up(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        close_month(session, JUNE, actor=finance)
        (june,) = lots_of(session, house.partner.id)
        pay_lot(session, june, actor=finance, on=date(2026, 7, 6))
        invoice_id = session.scalars(
            select(RepasseAccrual.invoice_id).where(RepasseAccrual.contract_id == contract.id)
        ).one()
        take_back(session, invoice_id=invoice_id, cents=199_90, on=date(2026, 7, 8))
        close_month(session, JULY, actor=finance)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_AUGUST, setup=True)
        close_month(session, AUGUST, actor=finance)
        _june, july, august = lots_of(session, house.partner.id)
        assert amounts(session, july) == [("reversal", -101_43)]
        assert (july.total_cents, july.reversed_cents) == (-101_43, -101_43)
        assert amounts(session, august) == [("balance", -101_43), ("accrual", 101_43), ("accrual", 456_97)]
        assert (august.opening_cents, august.total_cents, august.previous_id) == (-101_43, 456_97, july.id)
        assert find_broken_payables(session) == []

    def test_is_never_paid(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        close_month(session, JUNE, actor=finance)
        invoice_id = session.scalars(
            select(RepasseAccrual.invoice_id).where(RepasseAccrual.contract_id == contract.id)
        ).one()
        take_back(session, invoice_id=invoice_id, cents=100_00, on=date(2026, 7, 8))
        close_month(session, JULY, actor=finance)
        _june, july = lots_of(session, house.partner.id)
        with pytest.raises(NothingToPay, match="O saldo negativo passa para o próximo extrato"):
            pay_lot(session, july, actor=finance, on=date(2026, 8, 6))


class TestPaying:
    @pytest.mark.deep
    def test_happens_once_and_is_booked(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        close_month(session, JUNE, actor=finance)
        (lot,) = lots_of(session, house.partner.id)
        pay_lot(session, lot, actor=finance, on=date(2026, 7, 6))
        booked = session.execute(
            text("SELECT debit_account, credit_account, amount_cents FROM postings WHERE kind = 'payout'")
        ).all()
        assert booked == [("repasse_payable", "repasse_paid", 101_43)]
        assert find_broken_payables(session) == []
        with pytest.raises(NothingToPay, match="já foi registrado"):
            pay_lot(session, lot, actor=finance, on=date(2026, 7, 7))

    def test_is_not_written_down_ahead(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        close_month(session, JUNE, actor=finance)
        (lot,) = lots_of(session, house.partner.id)
        ahead = Remittance(paid_on=date(2026, 7, 7), bank="341", branch="1", account="2", reference="3")
        with pytest.raises(NotPaidYet):
            record_transfer(
                session, payout=lot, remittance=ahead, actor=finance, now=at_sao_paulo(date(2026, 7, 6), 9)
            )


@pytest.fixture
def lot(session: Session) -> Payout:
    house = make_house(session)
    make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
    close_month(session, JUNE, actor=make_finance(session))
    return lots_of(session, house.partner.id)[0]


class TestTheDatabase:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE payouts SET total_cents = total_cents + 1, accrued_cents = accrued_cents + 1",
            "DELETE FROM payouts",
            "UPDATE payout_lines SET amount_cents = 0",
            "DELETE FROM payout_lines",
            "TRUNCATE payouts CASCADE",
            (
                "INSERT INTO payout_lines (payout_id, partner_id, kind, amount_cents)"
                " SELECT id, partner_id, 'balance', -1 FROM payouts"
            ),
            "UPDATE payout_closings SET month = '2026-05-01'",
            "DELETE FROM payout_closings",
        ],
    )
    def test_keeps_a_closed_lot_as_it_is(self, session: Session, lot: Payout, statement: str) -> None:
        assert lot.total_cents == 101_43
        with pytest.raises(IntegrityError):
            session.execute(text(statement))

    def test_lets_no_lot_be_worth_more_than_its_lines(self, session: Session, lot: Payout) -> None:
        with pytest.raises(IntegrityError, match="do not add up"):
            session.execute(
                text(
                    "INSERT INTO payouts (closing_id, partner_id, month, opening_cents, accrued_cents,"
                    " reversed_cents, total_cents, line_count, closed_at, closed_by_id) SELECT closing_id,"
                    " partner_id, '2026-07-01', 0, 1, 0, 1, 1, closed_at, closed_by_id FROM payouts"
                )
            )
        assert lot.month == JUNE

    def test_lets_a_transfer_be_of_the_whole_lot_only(self, session: Session, lot: Payout) -> None:
        with pytest.raises(IntegrityError, match="fk_payout_transfers"):
            session.execute(
                text(
                    "INSERT INTO payout_transfers (attempt, payout_id, partner_id, amount_cents, paid_on,"
                    " bank, branch, account, reference, recorded_at, recorded_by_id) SELECT 1, id,"
                    " partner_id, total_cents - 1, '2026-07-06', '341', '1', '2', 'x', closed_at,"
                    " closed_by_id FROM payouts"
                )
            )
        assert lot.total_cents == 101_43

    def test_goes_on_with_a_closing_only(self, session: Session, lot: Payout) -> None:
        with pytest.raises(IntegrityError):
            session.execute(
                update(PayoutClosing).where(PayoutClosing.id == lot.closing_id).values(done_at=None)
            )
