"""What a contract's page says of its boleto."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.checkout.pages.steps import bank_steps
from portal.contracts.pages.progress import StepsToPayment
from portal.invoices.operations.settling import void_invoice
from tests.factories.invoices import make_billed
from tests.factories.quotes import NOON


def said_of_the_boleto(session: Session, *, state: BoletoState, is_void: bool = False) -> str:
    billed = make_billed(session, payment_method="boleto")
    boleto = session.scalars(select(Boleto).where(Boleto.invoice_id == billed.invoice.id)).one()
    boleto.state, boleto.registered_at = state, NOON
    if is_void:
        void_invoice(session, invoice_id=billed.invoice.id, reason="engano", actor=None, now=NOON)
    steps = bank_steps(session, StepsToPayment(billed.contract, NOON))
    return next(step.state_words for step in steps if step.title == f"Boleto {boleto.our_number}")


class TestABoletoAmongTheSteps:
    @pytest.mark.deep
    def test_that_can_be_paid_says_until_when(self, session: Session) -> None:
        said = said_of_the_boleto(session, state=BoletoState.REGISTERED)
        assert said == "Registrado no banco, com vencimento em 15/06/2026"

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            (BoletoState.ISSUED, "Baixado: não é mais preciso"),
            (BoletoState.REGISTERED, "Não é mais preciso; o banco ainda confirma a baixa"),
        ],
    )
    def test_of_a_void_invoice_is_waited_for_by_nobody(
        self, session: Session, state: BoletoState, said: str
    ) -> None:
        assert said_of_the_boleto(session, state=state, is_void=True) == said
