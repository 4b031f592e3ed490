"""Two workers apply one return: neither waits for the other, nor in a circle for whoever else is at it."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFileShare
from portal.banking.models.boleto import Boleto
from portal.banking.operations.applying import apply_next_parts, apply_return
from portal.banking.operations.remittances import make_remittance
from portal.banking.rules import return_parts
from portal.banking.rules.bank_files import BankFileState
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import audit
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.users.models import User
from tests.factories.bank_files import bring, go_on
from tests.factories.payments import ACCOUNT, pay
from tests.factories.returned import bill_by_boleto, boletos, subscribe
from tests.factories.users import actor_of, make_user
from tests.faults.conftest import Circles
from tests.support.application import Transaction
from tests.support.two_transactions import Act

PAID_ON = date(2026, 7, 15)
NOW, LATER = at_sao_paulo(PAID_ON, 12), at_sao_paulo(PAID_ON, 13)
PART = 100_00  # of R$ 199,90


def line(boleto: Boleto, cents: int) -> ReturnLine:
    return ReturnLine(
        code="06",
        number=boleto.number,
        on=PAID_ON,
        due_on=boleto.due_on,
        title_cents=boleto.amount_cents,
        paid_cents=cents,
    )


@pytest.fixture
def shares(transaction: Transaction, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of a return that somebody applies: of every two customers, one pays in full and one a part."""
    monkeypatch.setattr(return_parts, "AT_ONCE", 2)
    with transaction() as session:
        desk = actor_of(make_user(session, role=Role.FINANCE))
        subscribe(session, count=8)
        bill_by_boleto(session)
        lines = [
            line(each, each.amount_cents if place % 4 < 2 else PART)
            for place, each in enumerate(boletos(session))
        ]
        file = bring(session, return_file(ACCOUNT, lines, made_at=NOW, number=1), actor=desk, now=NOW)
        while file.state is BankFileState.CHECKING:
            go_on(session, file, now=NOW)
        apply_return(session, file=file, actor=desk, now=NOW)
        return list(session.scalars(select(BankFileShare.id).order_by(BankFileShare.place)))


def step(share_id: int) -> Act:
    return lambda session: apply_next_parts(session, share_id=share_id, now=LATER)


class TestTwoSharesOfAReturn:
    def test_wait_for_nobody_in_a_circle(
        self, circles: Circles, transaction: Transaction, shares: list[int]
    ) -> None:
        """One share has done what goes in sets, and goes on with what was left; the other one begins."""
        one, other = shares
        with transaction() as session:
            step(one)(session)
            assert len(session.get_one(BankFileShare, one).left_lines) == 1
            by = actor_of(session.scalars(select(User).filter_by(role=Role.FINANCE)).one())
            of_other = select(Boleto.invoice_id).where(
                Boleto.customer_id % 2 == 1, Boleto.state == "registered"
            )
            invoice_id = session.scalars(of_other.order_by(Boleto.id)).first()

        def send(session: Session) -> None:
            make_remittance(session, account=ACCOUNT, actor=by, now=LATER)

        acts: dict[str, Act] = {
            "left": step(one),
            "in sets": step(other),
            "left to do": step(one),
            "remittance": send,
            "in sets too": step(other),
            "another remittance": send,
            "in sets as well": step(other),
            "paid by Pix": lambda session: pay(session, invoice_id=invoice_id, amount_cents=5, now=LATER),
        }
        assert circles(acts) == {}

    def test_leave_the_log_of_the_house_to_each_other(
        self, transaction: Transaction, shares: list[int]
    ) -> None:
        with transaction() as session:
            step(shares[0])(session)
            with transaction() as meanwhile:
                meanwhile.execute(text("SET LOCAL lock_timeout = '2s'"))
                audit.lock_streams(meanwhile, [])
