"""What a boleto is to its bank: paid and not credited, asked to be written off, and what may follow what."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.boleto import issue_boleto, withdraw_boletos
from portal.banking.operations.remittances import make_remittance
from portal.banking.operations.settling import settle_boletos
from portal.banking.queries.boletos import boletos_being_settled
from portal.banking.rules.boleto import BoletoState, CannotIssueBoleto, may_become
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.shared.clock import at_sao_paulo
from tests.factories.bank_files import effects, records
from tests.factories.following import what_follows
from tests.factories.invoices import make_billed, make_invoice
from tests.factories.payments import A_DAY_LATER, ACCOUNT, pay
from tests.portal.banking.test_bank_files import boleto_of, came_back, finance, line

MONDAY = date(2026, 6, 15)
MONDAY_MORNING = at_sao_paulo(MONDAY, 6)


def remitted(session: Session, *, days: int = 0) -> list[str]:
    """The records of the next remittance."""
    file = make_remittance(
        session, account=ACCOUNT, actor=finance(session), now=A_DAY_LATER + timedelta(days=days)
    )
    return records(session, file)


class TestAPaymentThatTheBankCreditsLater:
    def told(self, session: Session) -> Boleto:
        boleto = boleto_of(session, make_invoice(session))
        file = came_back(session, line(boleto, "06", fee_cents=3_33, credited_on=MONDAY))
        assert effects(session, file) == [
            "O boleto fica pago, em compensação; o pagamento é recebido no dia do crédito"
        ]
        return boleto

    @pytest.mark.deep
    def test_is_of_nobody_before_that_day(self, session: Session) -> None:
        boleto = self.told(session)
        assert boleto.state is BoletoState.PAID_UNSETTLED
        assert session.scalars(select(Payment)).all() == []
        assert session.scalars(boletos_being_settled()).all() == [boleto.invoice_id]
        assert settle_boletos(session, today=date(2026, 6, 14), now=A_DAY_LATER) == 0

    @pytest.mark.deep
    def test_is_booked_on_that_day_as_paid_when_it_was(self, session: Session) -> None:
        boleto = self.told(session)
        assert settle_boletos(session, today=MONDAY, now=MONDAY_MORNING) == 1
        assert settle_boletos(session, today=MONDAY, now=MONDAY_MORNING) == 0
        payment = session.scalars(select(Payment)).one()
        assert (payment.amount_cents, payment.fee_cents, payment.credited_cents) == (199_90, 3_33, 196_57)
        assert payment.paid_at == at_sao_paulo(date(2026, 6, 12), 12)
        assert (boleto.state, state_of_invoice(session)) == (BoletoState.PAID, InvoiceState.PAID)
        assert session.scalars(boletos_being_settled()).all() == []

    @pytest.mark.deep
    def test_told_again_counts_once(self, session: Session) -> None:
        boleto = self.told(session)
        again = line(boleto, "06", fee_cents=3_33, credited_on=MONDAY)
        assert effects(session, came_back(session, again, number=2)) == ["Já se sabia: nada muda"]
        settle_boletos(session, today=MONDAY, now=MONDAY_MORNING)
        came_back(session, again, number=3)
        assert len(session.scalars(select(Payment)).all()) == 1

    def test_is_neither_withdrawn_nor_asked_for_again(self, session: Session) -> None:
        boleto = self.told(session)
        withdraw_boletos(session, invoice_id=boleto.invoice_id, now=A_DAY_LATER)
        assert boleto.state is BoletoState.PAID_UNSETTLED
        with pytest.raises(CannotIssueBoleto, match="compensando"):
            issue_boleto(session, invoice_id=boleto.invoice_id, account=ACCOUNT, now=A_DAY_LATER)

    def test_is_never_booked_when_the_bank_undid_it(self, session: Session) -> None:
        boleto = self.told(session)
        came_back(session, line(boleto, "69"), number=2)
        assert boleto.state is BoletoState.UNDONE
        assert settle_boletos(session, today=MONDAY, now=MONDAY_MORNING) == 0
        assert session.scalars(select(Payment)).all() == []


def state_of_invoice(session: Session) -> InvoiceState:
    return session.scalars(select(Invoice.state)).one()


class TestAWriteOff:
    def asked(self, session: Session) -> Boleto:
        invoice = make_invoice(session)
        boleto = boleto_of(session, invoice)
        remitted(session)
        came_back(session, line(boleto, "02"))
        pay(session, invoice_id=invoice.id)
        what_follows(session)
        assert boleto.state is BoletoState.WRITE_OFF_ASKED
        return boleto

    @pytest.mark.deep
    def test_goes_into_the_next_remittance_and_comes_back_done(self, session: Session) -> None:
        boleto = self.asked(session)
        assert remitted(session)[1][108:110] == "02"
        came_back(session, line(boleto, "09"), number=2)
        assert boleto.state is BoletoState.WRITTEN_OFF

    def test_that_the_bank_refuses_is_asked_for_again(self, session: Session) -> None:
        boleto = self.asked(session)
        remitted(session)
        file = came_back(session, line(boleto, "15"), number=2)
        assert effects(session, file) == ["O banco recusou a baixa: ela vai de novo na próxima remessa"]
        assert boleto.state is BoletoState.WRITE_OFF_ASKED
        assert remitted(session, days=1)[1][108:110] == "02"

    @pytest.mark.deep
    def test_may_come_too_late(self, session: Session) -> None:
        boleto = self.asked(session)
        came_back(session, line(boleto, "06"), number=2)
        assert boleto.state is BoletoState.PAID


MOVE = """
UPDATE boletos SET state = CAST(:state AS varchar), withdraw_asked_at = now(),
    rejection = CASE WHEN CAST(:state AS varchar) = 'rejected' THEN 'x' ELSE '' END,
    rejected_at = CASE WHEN CAST(:state AS varchar) = 'rejected' THEN now() END,
    paid_at = CASE WHEN CAST(:state AS varchar) IN ('paid', 'paid_unsettled') THEN now() END
WHERE id = :id
"""


@pytest.mark.parametrize("state", BoletoState)
def test_the_database_lets_a_state_move_as_the_rules_do(session: Session, state: BoletoState) -> None:
    boleto = boleto_of(session, make_billed(session).invoice)
    move = text(MOVE)
    session.execute(text("ALTER TABLE boletos DISABLE TRIGGER boletos_move_forward"))
    session.execute(move, {"state": state.value, "id": boleto.id})
    session.execute(text("ALTER TABLE boletos ENABLE TRIGGER boletos_move_forward"))
    allowed = set()
    for target in BoletoState:
        try:
            with session.begin_nested() as attempt:
                session.execute(move, {"state": target.value, "id": boleto.id})
                attempt.rollback()
            allowed.add(target)
        except IntegrityError:
            pass
    assert allowed - {state} == {target for target in BoletoState if may_become(state, target)}
