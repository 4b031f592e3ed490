"""Movimentações: the log and rows that were made in bulk, in one order."""

import re
from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.notifications import invoices_issued
from portal.invoices.operations.sending import send_invoice
from portal.invoices.queries.reading import load_invoice
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.portal.customers.conftest import SignIn
from tests.portal.invoices.test_billing_runs import run
from tests.support.application import Transaction

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
TENTH_OF_JULY = at_sao_paulo(date(2026, 7, 10), 9)
ENTRY = re.compile(r'<p class="timeline-entry-what">(?:<a href="([^"]+)">)?([^<]+)<')


def told(page: str) -> list[tuple[str, str]]:
    """What the timeline says, the newest first, and where it leads."""
    return [(words.replace("\xa0", " "), href) for href, words in ENTRY.findall(page)]


def without_log(session: Session, invoice: Invoice, *, now: datetime) -> None:
    """A payment as a file of a bank brings thousands: rows, no entry of the log for each."""
    payment = pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=now)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text("DELETE FROM log_entries WHERE subject_type = 'payments' AND subject_id = :id"),
        {"id": payment.id},
    )
    session.execute(text("SET LOCAL session_replication_role = origin"))


@pytest.fixture
def house(transaction: Transaction) -> House:
    """A bakery whose July was billed on the 5th, told by mail and paid on the 10th, all in bulk."""
    with transaction() as session:
        session.expire_on_commit = False
        house = make_house(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        (chunk,) = run(session)
        invoices_issued(session, chunk_id=chunk.id, now=at_sao_paulo(date(2026, 7, 5), 7))
        sent = at_sao_paulo(date(2026, 7, 5), 8)
        of_run = MailMessage.created_at == at_sao_paulo(date(2026, 7, 5), 7)
        session.execute(update(MailMessage).where(of_run).values(state="sent", sent_at=sent))
        invoice = session.scalars(select(Invoice).filter_by(chunk_id=chunk.id)).one()
        without_log(session, invoice, now=TENTH_OF_JULY)
        return house


def second_invoice(session: Session) -> Invoice:
    return load_invoice(session, session.scalars(select(Invoice.id).filter_by(installment_number=2)).one())


class TestTheTimeline:
    @pytest.mark.deep
    def test_shows_rows_that_have_no_entry_of_the_log_in_their_place(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            address = f"/faturas/{second_invoice(session).id}"
        with time_machine.travel(at_sao_paulo(date(2026, 7, 11), 9), tick=False):
            entries = told(sign_in(house.seller).get(f"/clientes/{house.customer.id}/movimentacoes").text)
        summaries = [words for words, _href in entries]
        paid = ("Recebemos R$ 199,90 por Pix para a fatura 000002", address)
        mailed = ("Aviso da fatura 000002 por e-mail enviado para Maria da Silva", address)
        issued = ("Fatura 000002 emitida: R$ 199,90, vence em 15/07/2026", address)
        assert paid in entries
        assert entries.index(paid) < entries.index(mailed) < entries.index(issued)
        assert summaries.index("Fatura 000002 paga: R$ 199,90") < entries.index(mailed)
        assert entries.index(issued) < summaries.index("Fatura 000001 paga: R$ 199,90")
        assert len(summaries) == len(set(summaries)), "nothing stands twice"

    def test_adds_no_entry_to_the_log(self, house: House, transaction: Transaction) -> None:
        with transaction() as session:
            assert session.scalars(select(LogEntry).filter_by(action="invoice_sent", actor_id=None)).all()
            fifth = LogEntry.at.between(at_sao_paulo(date(2026, 7, 5), 0), at_sao_paulo(date(2026, 7, 6), 0))
            assert session.scalars(select(LogEntry.summary).where(fifth)).all() == []

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("kind", "there", "missing"),
        [
            ("avisos", "por e-mail enviado para", "Fatura 000002 emitida"),
            ("pagamentos", "por Pix para a fatura 000002", "por e-mail"),
            ("faturas", "Fatura 000002 emitida", "por Pix para a fatura 000002"),
            ("contratos", "Contrato", "Fatura 000002"),
        ],
    )
    def test_is_narrowed_to_a_kind(
        self, house: House, sign_in: SignIn, kind: str, there: str, missing: str
    ) -> None:
        address = f"/clientes/{house.customer.id}/movimentacoes?tipo={kind}"
        with time_machine.travel(at_sao_paulo(date(2026, 7, 11), 9), tick=False):
            words = " | ".join(words for words, _href in told(sign_in(house.seller).get(address).text))
        assert there in words
        assert missing not in words

    @pytest.mark.deep
    def test_has_the_newest_on_the_record(self, house: House, sign_in: SignIn) -> None:
        with time_machine.travel(at_sao_paulo(date(2026, 7, 11), 9), tick=False):
            entries = told(sign_in(house.seller).get(f"/clientes/{house.customer.id}").text)
        assert len(entries) == 5
        assert "Recebemos R$ 199,90 por Pix para a fatura 000002" in [words for words, _href in entries]

    @pytest.mark.deep
    def test_is_paged_over_both(self, house: House, sign_in: SignIn, transaction: Transaction) -> None:
        with transaction() as session:
            invoice = second_invoice(session)
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(
                text(
                    "INSERT INTO payments SELECT (jsonb_populate_record(one, jsonb_build_object("
                    "'id', 1000 + copy, 'external_id', 'copy' || copy,"
                    " 'received_at', '2026-07-20T12:00:00Z'::timestamptz + copy * interval '1 day'))).*"
                    " FROM payments AS one, generate_series(1, 30) AS copy WHERE invoice_id = :id"
                ),
                {"id": invoice.id},
            )
        address = f"/clientes/{house.customer.id}/movimentacoes"
        with time_machine.travel(at_sao_paulo(date(2026, 9, 1), 9), tick=False):
            browser = sign_in(house.seller)
            first, second = told(browser.get(address).text), told(browser.get(f"{address}?pagina=2").text)
            oldest = told(browser.get(f"{address}?ordem=data").text)
        assert len(first) == 25
        assert {words for words, _href in first} == {"Recebemos R$ 199,90 por Pix para a fatura 000002"}
        assert second[5][0] == first[0][0]
        assert second[6][0] != first[0][0]
        assert oldest[0][0] == "Orçamento 000001 criado"


class TestAMailSomebodySent:
    def test_stands_once_as_the_log_tells_it(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=TENTH_OF_JULY)
            newest = select(Invoice.id).order_by(Invoice.id.desc()).limit(1)
            invoice = load_invoice(session, session.scalars(newest).one())
            again = at_sao_paulo(date(2026, 7, 12), 9)
            send_invoice(session, invoice=invoice, actor=house.seller, now=again)
        with time_machine.travel(at_sao_paulo(date(2026, 7, 13), 9), tick=False):
            address = f"/clientes/{house.customer.id}/movimentacoes"
            words = [words for words, _href in told(sign_in(house.seller).get(address).text)]
        assert "Fatura 000003 enviada ao cliente: Maria da Silva" in words
        assert not [each for each in words if "fatura 000003 por e-mail" in each]
