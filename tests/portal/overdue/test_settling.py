"""A boleto that is paid and not credited holds a suspension back; the rest of one paid for less does not."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.banking.rules.boleto import BoletoState
from portal.contracts.models import Contract
from portal.shared.clock import at_sao_paulo
from tests.factories.overdue import active, invoices_of, night, nights, state_of
from tests.factories.payments import pay

FIFTH_OF_JULY, THIRD_OF_AUGUST = date(2026, 7, 5), date(2026, 8, 3)
MID_JULY = at_sao_paulo(date(2026, 7, 16), 9)


def with_boleto(session: Session) -> tuple[Contract, Boleto]:
    """A contract whose month due on 15/07 has a boleto; what was paid ends on 31/07."""
    contract = active(session)
    night(session, FIFTH_OF_JULY)
    (invoice,) = invoices_of(session, contract)
    account = boleto_account(session)
    return contract, issue_boleto(session, invoice_id=invoice.id, account=account, now=MID_JULY)


def enter(session: Session, boleto: Boleto, state: BoletoState) -> None:
    boleto.state, boleto.paid_at = state, MID_JULY
    session.flush()


def test_nobody_is_suspended_while_the_money_is_on_its_way(session: Session) -> None:
    contract, boleto = with_boleto(session)
    enter(session, boleto, BoletoState.PAID_UNSETTLED)
    nights(session, date(2026, 7, 17), THIRD_OF_AUGUST)
    assert state_of(session, contract) == "Em tolerância"


@pytest.mark.deep
def test_the_rest_of_a_boleto_that_was_paid_for_less_is_late_as_any(session: Session) -> None:
    contract, boleto = with_boleto(session)
    enter(session, boleto, BoletoState.PAID)
    pay(session, invoice_id=boleto.invoice_id, amount_cents=100_00, now=MID_JULY)
    nights(session, date(2026, 7, 17), THIRD_OF_AUGUST)
    assert state_of(session, contract) == "Suspenso"
