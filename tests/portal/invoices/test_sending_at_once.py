"""Two people who send the same invoice at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask
from sqlalchemy import select, text

from portal.invoices.operations.sending import send_invoice
from portal.invoices.queries.reading import load_invoice
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken, Purpose, is_valid
from tests.factories.invoices import make_billed
from tests.factories.quotes import NOON
from tests.support.application import Transaction
from tests.support.letters import all_written
from tests.support.ports import wait_until

MINUTE = timedelta(minutes=1)
WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


class TestTwoWhoSendAnInvoice:
    def test_share_one_link(self, app: Flask, transaction: Transaction) -> None:
        """The second one's link would end the first one's, which is in the mail already."""
        with transaction() as session:
            billed = make_billed(session)
            invoice_id, seller = billed.invoice.id, billed.house.seller

        def send_second() -> None:
            with app.app_context():
                invoice = load_invoice(db.session, invoice_id)
                send_invoice(db.session, invoice=invoice, actor=seller, now=NOON + MINUTE)
                db.session.commit()

        with ThreadPoolExecutor(1) as pool:
            with transaction() as session:
                send_invoice(session, invoice=load_invoice(session, invoice_id), actor=seller, now=NOON)
                second = pool.submit(send_second)
                wait_until(lambda: bool(session.scalar(WAITING)), what="the second one waits")
            second.result(30)
        with transaction() as session:
            issued = select(MailMessage).filter_by(kind="invoice_issued")
            mails = all_written(session, session.scalars(issued).all())
            (link,) = session.scalars(select(LinkToken).filter_by(purpose=Purpose.INVOICE))
            assert is_valid(link, NOON + MINUTE)
            assert [mail.link_token_id for mail in mails] == [link.id, link.id]
