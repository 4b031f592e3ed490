"""What goes back to the customer is taken back of the partner's share, by the figures it was given with."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.invoices.models import Posting
from portal.invoices.rules.ledger import PostingKind
from portal.payouts.models import RepasseAccrual, RepasseReversal
from portal.payouts.operations.reversing import restore_repasse, reverse_repasse
from portal.payouts.queries.books import find_broken_payables
from portal.payouts.rules import NothingToReverse, ReversalCause, Share, cause_of, shares_of_refund
from portal.receipts.rules.returning import ReturnCause
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Conflict, Missing
from tests.factories.contracts import make_contract
from tests.factories.payouts import close_month, lots_of, make_finance
from tests.factories.quotes import make_house

MID_JUNE, MID_JULY = (at_sao_paulo(date(2026, month, 10), 12) for month in (6, 7))


@pytest.fixture
def invoice_id(session: Session) -> int:
    """Paid in June: R$ 199,90 (85,00 cost, 13,47 fee, 101,43 repasse) and setup R$ 490,00 (33,03, 456,97)."""
    contract = make_contract(
        session, make_house(session), state=ContractState.ACTIVE, now=MID_JUNE, setup=True
    )
    accruals = session.scalars(
        select(RepasseAccrual.invoice_id).where(RepasseAccrual.contract_id == contract.id)
    )
    return accruals.first() or 0


def take_back(
    session: Session, invoice_id: int, cents: int, *, key: str, cause: ReversalCause = ReversalCause.REFUND
) -> list[tuple[int, int]]:
    made = reverse_repasse(
        session,
        invoice_id=invoice_id,
        cents=cents,
        cause=cause,
        cause_key=key,
        reason="Cliente desistiu",
        actor=None,
        now=MID_JULY,
    )
    return [(row.paid_cents, row.repasse_cents) for row in made]


def owed(session: Session) -> int:
    return sum(
        row.amount_cents if row.credit_account == "repasse_payable" else -row.amount_cents
        for row in session.scalars(select(Posting))
        if "repasse_payable" in (row.credit_account, row.debit_account)
    )


class TestAWholeRefund:
    @pytest.mark.deep
    def test_takes_back_what_each_line_gave(self, session: Session, invoice_id: int) -> None:
        assert owed(session) == 558_40
        taken = take_back(session, invoice_id, 689_90, key="refund:1")
        assert taken == [(-199_90, -101_43), (-490_00, -456_97)]
        assert owed(session) == 0
        assert find_broken_payables(session) == []
        rows = session.scalars(select(RepasseReversal).order_by(RepasseReversal.id)).all()
        assert [(row.month, row.central_fee_cents, row.cost_cents) for row in rows] == [
            (date(2026, 7, 1), -13_47, -85_00),
            (date(2026, 7, 1), -33_03, 0),
        ]

    def test_told_again_takes_nothing_more(self, session: Session, invoice_id: int) -> None:
        take_back(session, invoice_id, 689_90, key="refund:1")
        assert take_back(session, invoice_id, 689_90, key="refund:1") == []
        assert owed(session) == 0

    @pytest.mark.deep
    def test_leaves_a_dispute_of_the_same_charge_nothing(self, session: Session, invoice_id: int) -> None:
        take_back(session, invoice_id, 689_90, key="refund:1")
        with pytest.raises(NothingToReverse, match="já foi estornado por inteiro"):
            take_back(session, invoice_id, 689_90, key="dispute:1", cause=ReversalCause.DISPUTE)
        assert owed(session) == 0


class TestPartsOfARefund:
    @pytest.mark.deep
    def test_take_the_same_share_of_each_line(self, session: Session, invoice_id: int) -> None:
        # 100,00 of 689,90: the fee's part is 28,9753 → 28,98, the setup's 71,0247 → 71,02. Of these the
        # repasse is 28,98 × 101,43 ÷ 199,90 = 14,7046 and 71,02 × 456,97 ÷ 490,00 = 66,2326.
        taken = take_back(session, invoice_id, 100_00, key="refund:1")
        assert taken == [(-28_98, -14_70), (-71_02, -66_23)]

    def test_are_the_whole_in_the_end(self, session: Session, invoice_id: int) -> None:
        for number, cents in enumerate((100_00, 333_33, 256_57)):
            take_back(session, invoice_id, cents, key=f"refund:{number}")
        assert owed(session) == 0

    @pytest.mark.deep
    def test_leave_a_dispute_the_rest(self, session: Session, invoice_id: int) -> None:
        take_back(session, invoice_id, 100_00, key="refund:1")
        with pytest.raises(NothingToReverse, match="ainda dá para estornar R\\$\xa0589,90"):
            take_back(session, invoice_id, 689_90, key="dispute:1", cause=ReversalCause.DISPUTE)
        take_back(session, invoice_id, 589_90, key="dispute:1", cause=ReversalCause.DISPUTE)
        assert owed(session) == 0


class TestAWonDispute:
    def test_gives_again_what_it_took_once(self, session: Session, invoice_id: int) -> None:
        take_back(session, invoice_id, 689_90, key="dispute:1", cause=ReversalCause.DISPUTE)

        def restore() -> list[int]:
            rows = restore_repasse(
                session,
                invoice_id=invoice_id,
                cause_key="dispute:1",
                reason="Ganhamos",
                actor=None,
                now=MID_JULY,
            )
            return [row.repasse_cents for row in rows]

        assert restore() == [101_43, 456_97]
        assert owed(session) == 558_40
        with pytest.raises(Conflict, match="já foi desfeito"):
            restore()

    def test_of_which_nothing_is_known_is_missing(self, session: Session, invoice_id: int) -> None:
        with pytest.raises(Missing):
            restore_repasse(
                session, invoice_id=invoice_id, cause_key="dispute:9", reason="x", actor=None, now=MID_JULY
            )


@pytest.mark.parametrize("cause", ReturnCause)
def test_a_share_is_taken_back_for_what_the_money_went_back_for(cause: ReturnCause) -> None:
    assert cause_of(cause.value).value == cause.value


class TestAReversalBeforeTheMonthIsClosed:
    def test_stands_beside_what_it_takes_back(self, session: Session, invoice_id: int) -> None:
        reverse_repasse(
            session,
            invoice_id=invoice_id,
            cents=689_90,
            cause=ReversalCause.REFUND,
            cause_key="refund:1",
            reason="Cliente desistiu",
            actor=None,
            now=at_sao_paulo(date(2026, 6, 20), 9),
        )
        close_month(session, date(2026, 6, 1), actor=make_finance(session))
        accrual = session.scalars(select(RepasseAccrual)).first()
        assert accrual is not None
        (lot,) = lots_of(session, accrual.partner_id)
        assert (lot.accrued_cents, lot.reversed_cents, lot.total_cents) == (558_40, -558_40, 0)


class TestTheDatabase:
    def test_takes_no_more_back_than_accrued(self, session: Session, invoice_id: int) -> None:
        take_back(session, invoice_id, 689_90, key="refund:1")
        row = session.scalars(select(RepasseReversal)).first()
        assert row is not None
        values = {column.name: getattr(row, column.name) for column in RepasseReversal.__table__.columns}
        del values["id"]
        with pytest.raises(IntegrityError, match="more is taken back than accrued"):
            session.execute(insert(RepasseReversal).values(**values | {"cause_key": "dispute:1"}))

    def test_books_each_once(self, session: Session, invoice_id: int) -> None:
        take_back(session, invoice_id, 100_00, key="refund:1")
        reversed_ones = select(Posting).where(Posting.kind == PostingKind.REPASSE_REVERSED)
        rows = session.scalars(reversed_ones.order_by(Posting.id)).all()
        assert [(row.debit_account.value, row.amount_cents) for row in rows] == [
            ("repasse_payable", 14_70),
            ("repasse_payable", 66_23),
        ]


def a_share(cost: int, fee: int, vendor: int, repasse: int) -> Share:
    paid = max(cost + fee + vendor + repasse, 0)
    return Share(paid, cost, fee, vendor, paid - cost - fee - vendor)


SHARES = st.lists(
    st.builds(a_share, *(st.integers(0, 50_000) for _part in range(3)), st.integers(-60_000, 90_000)),
    min_size=1,
    max_size=5,
)


class TestAnyRefund:
    @given(shares=SHARES, data=st.data())
    def test_in_parts_takes_each_line_back_to_nothing_and_never_beyond(
        self, shares: list[Share], data: st.DataObject
    ) -> None:
        left = list(shares)
        for turn in range(4):
            held = sum(share.paid_cents for share in left)
            if not held:
                break
            cents = held if turn == 3 else data.draw(st.integers(1, held))
            taken = shares_of_refund(left, cents=cents)
            assert sum(part.paid_cents for part in taken) == cents
            left = [share.less(part) for share, part in zip(left, taken, strict=True)]
            for share, whole in zip(left, shares, strict=True):
                paid, *parts, repasse = share
                assert paid == sum(parts) + repasse
                assert all(0 <= part <= before for part, before in zip((paid, *parts), whole, strict=False))
                assert min(whole.repasse_cents, 0) <= repasse <= max(whole.repasse_cents, 0)
        assert all(
            share == (0, 0, 0, 0, 0) for share, whole in zip(left, shares, strict=True) if whole.paid_cents
        )
