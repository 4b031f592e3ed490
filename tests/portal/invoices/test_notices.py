"""A mail about an invoice, looked at again when it leaves: to a real SMTP server, or not at all."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.invoices.models import Invoice
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.tokens import LinkToken, Purpose
from tests.factories.payers import CUSTOMER, Owed, make_owed
from tests.factories.payments import pay
from tests.factories.quotes import NOON
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.outbox import let_mails_leave
from tests.support.smtp import MailServer

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def owed(transaction: Transaction) -> Owed:
    """An invoice of a customer whose mail waits, alone in the outbox."""
    owed = make_owed(transaction, CUSTOMER)
    with transaction() as session:
        for mail in session.scalars(select(MailMessage).where(MailMessage.kind != "invoice_issued")):
            mail.state = MailState.DROPPED
        assert session.scalars(select(MailMessage.state).filter_by(kind="invoice_issued")).all() == ["queued"]
    return owed


def state_of(transaction: Transaction) -> str:
    with transaction() as session:
        return session.scalars(select(MailMessage.state).filter_by(kind="invoice_issued")).one()


class TestTheMailOfAnInvoice:
    def test_is_not_sent_when_the_invoice_was_paid_meanwhile(
        self, app: Flask, transaction: Transaction, owed: Owed, outbox: MailServer
    ) -> None:
        with transaction() as session:
            invoice = session.get_one(Invoice, owed.invoice_id)
            pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=LATER)
        let_mails_leave(app, LATER)
        assert state_of(transaction) == MailState.NOT_NEEDED
        assert [mail for mail in outbox.messages if "Fatura" in str(mail["Subject"])] == []

    def test_leads_to_its_page(
        self, app: Flask, transaction: Transaction, owed: Owed, outbox: MailServer, visitor: PortalClient
    ) -> None:
        with transaction() as session:  # what the seller may copy before the mail left
            shown = session.scalars(select(LinkToken).filter_by(purpose=Purpose.INVOICE)).one().secret()
        let_mails_leave(app, LATER)
        assert state_of(transaction) == MailState.SENT
        (message,) = [mail for mail in outbox.messages if "Fatura" in str(mail["Subject"])]
        plain = message.get_body(("plain",))
        assert plain is not None
        with transaction() as session:
            mail = session.scalars(select(MailMessage).filter_by(kind="invoice_issued")).one()
            path = f"/pagar/{session.get_one(LinkToken, mail.link_token_id).secret()}"
        assert path in plain.get_content()
        assert path.endswith(shown)
        assert visitor.get(path).status_code == 200
