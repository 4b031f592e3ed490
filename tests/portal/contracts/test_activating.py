"""Signed and paid, in whichever order and however often: active, once."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.rules import ContractState
from portal.shared.mail import MailMessage
from tests.factories.contracts import make_contract, pay
from tests.factories.quotes import NOON, make_house

LATER = NOON + timedelta(days=3)


def welcome_mails(session: Session) -> int:
    return len(session.scalars(select(MailMessage).where(MailMessage.template == "contract_welcome")).all())


class TestActivating:
    def test_happens_when_the_payment_follows_the_signature(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_PAYMENT)
        assert (contract.state, welcome_mails(session)) == (ContractState.AWAITING_PAYMENT, 0)
        active = pay(session, contract.id, now=LATER)
        assert (active.state, active.starts_on) == (ContractState.ACTIVE, date(2026, 6, 13))
        assert welcome_mails(session) == 1
