"""A mail about an invoice, looked at again when it leaves: to a real SMTP server, or not at all."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select

from portal.invoices.models import Invoice
from portal.invoices.operations.sending import send_invoice
from portal.invoices.queries.reading import load_invoice
from portal.partners.models import Partner
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.tokens import LinkToken, Purpose
from portal.users.models import User
from tests.factories.payers import CUSTOMER, PARTNER, Owed, make_owed
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


def about_invoice(outbox: MailServer) -> EmailMessage:
    (message,) = [mail for mail in outbox.messages if "Fatura" in str(mail["Subject"])]
    return message


class TestWhoWritesAboutAnInvoice:
    @pytest.mark.deep
    def test_is_the_partner_the_customer_knows_and_the_seller_answers(
        self, app: Flask, transaction: Transaction, owed: Owed, outbox: MailServer
    ) -> None:
        with transaction() as session:
            partner = session.get_one(Partner, owed.partner_id)
            partner.trade_name = 'Três Irmãos "Sul", Sistemas'
        let_mails_leave(app, LATER)
        message = about_invoice(outbox)
        address = message["From"].addresses[0]
        assert address.display_name.startswith("Três Irmãos Sul Sistemas via ")
        assert address.addr_spec == other_sender(outbox)
        assert message["Reply-To"] == owed.house.seller.email
        assert message["To"].addresses[0].addr_spec == owed.payer

    @pytest.mark.deep
    def test_is_answered_by_the_partner_when_the_seller_is_gone(
        self, transaction: Transaction, owed: Owed
    ) -> None:
        with transaction() as session:
            session.get_one(User, owed.house.seller.user_id).disabled_at = NOON
            invoice = load_invoice(session, owed.invoice_id)
            send_invoice(session, invoice=invoice, actor=owed.house.admin, now=LATER)
            last = select(MailMessage.reply_to).order_by(MailMessage.id.desc()).limit(1)
            assert session.scalars(last).one() == invoice.customer.partner.email

    @pytest.mark.deep
    def test_is_the_vendor_where_the_partner_owes_it(
        self, app: Flask, transaction: Transaction, outbox: MailServer
    ) -> None:
        make_owed(transaction, PARTNER)
        let_mails_leave(app, LATER)
        message = about_invoice(outbox)
        assert " via " not in message["From"].addresses[0].display_name


def other_sender(outbox: MailServer) -> str:
    """The address that all mails leave from, whoever is named."""
    (address,) = {mail["From"].addresses[0].addr_spec for mail in outbox.messages}
    return str(address)


class TestTheMailOfAnInvoice:
    @pytest.mark.deep
    def test_is_not_sent_when_the_invoice_was_paid_meanwhile(
        self, app: Flask, transaction: Transaction, owed: Owed, outbox: MailServer
    ) -> None:
        with transaction() as session:
            invoice = session.get_one(Invoice, owed.invoice_id)
            pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=LATER)
        let_mails_leave(app, LATER)
        assert state_of(transaction) == MailState.NOT_NEEDED
        assert [mail for mail in outbox.messages if "Fatura" in str(mail["Subject"])] == []

    @pytest.mark.deep
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
