"""Finance today: what came in and failed, what is owed and how late, income; and finding a payment."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.banking.operations.applying import apply_return
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ChargeState
from portal.dashboard.queries.finance import aging, income_by_month, list_failures, received
from portal.dashboard.rules import DueRange, aging_ranges
from portal.invoices.models import Invoice
from portal.invoices.rules.states import payable_until
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource
from portal.sandbox_bank.rules.returns import return_file
from portal.shared import clock
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.bank_files import bring
from tests.factories.cards import make_waiting_charge
from tests.factories.invoices import make_invoice
from tests.factories.payments import ACCOUNT, pay
from tests.factories.quotes import NOON, make_house
from tests.factories.users import make_user
from tests.portal.banking.test_bank_files import boleto_of, line
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

TODAY = date(2026, 8, 19)  # a Wednesday


def due(session: Session, on: date) -> Invoice:
    """An open invoice of R$ 199,90 that falls due on a day."""
    issued = at_sao_paulo(on - timedelta(days=5), 12)
    invoice = make_invoice(session, now=issued)
    assert invoice.due_on == on
    return invoice


class TestDaysLate:
    def test_are_ranges_of_due_dates_that_count_from_the_bank_day(self) -> None:
        # 15/08 and 16/08 were a weekend: what was due then is late since Tuesday 18/08.
        assert [(each.first, each.last) for each in aging_ranges(TODAY, payable_until)] == [
            (date(2026, 8, 19), None),
            (date(2026, 8, 4), date(2026, 8, 18)),
            (date(2026, 7, 18), date(2026, 8, 3)),
            (date(2026, 6, 20), date(2026, 7, 17)),
            (None, date(2026, 6, 19)),
        ]

    def test_leave_out_what_can_still_be_paid_without_charges(self) -> None:
        on_monday = aging_ranges(date(2026, 8, 17), payable_until)[0]
        assert on_monday == DueRange(name="a vencer", first=date(2026, 8, 15), last=None)


class TestAging:
    def test_adds_up_what_is_open_by_how_late_it_is(self, session: Session) -> None:
        for day in (date(2026, 8, 20), date(2026, 8, 18), date(2026, 8, 17), date(2026, 7, 20)):
            due(session, day)
        due(session, date(2026, 6, 10))
        found = [(row.range.name, row.open.count, row.open.cents) for row in aging(session, today=TODAY)]
        assert found == [
            ("a vencer", 1, 199_90),
            ("1–15", 2, 399_80),
            ("16–30", 1, 199_90),
            ("31–60", 0, 0),
            ("> 60", 1, 199_90),
        ]


def paid(session: Session, on: datetime, *, source: str = "pix", name: str = "E1") -> Payment:
    invoice = make_invoice(session, now=on - timedelta(days=1))
    return pay(session, invoice_id=invoice.id, now=on, source=source, external_id=name)


class TestWhatCameIn:
    @pytest.mark.deep
    def test_counts_the_day_and_the_week_of_sao_paulo(self, session: Session) -> None:
        paid(session, at_sao_paulo(TODAY, 0, 1), name="1")
        paid(session, at_sao_paulo(TODAY - timedelta(days=6), 0, 1), name="2")
        paid(session, at_sao_paulo(TODAY - timedelta(days=7), 23, 59), name="3")
        found = received(session, today=TODAY)
        assert (found.today.count, found.today.cents) == (1, 199_90)
        assert (found.lately.count, found.lately.cents) == (2, 399_80)

    def test_is_shown_by_month_and_way(self, session: Session) -> None:
        paid(session, at_sao_paulo(date(2026, 7, 31), 23, 59), name="1")
        paid(session, at_sao_paulo(date(2026, 8, 1), 0, 0), source="boleto", name="2")
        paid(session, at_sao_paulo(date(2026, 8, 2), 9), source="boleto", name="3")
        months = income_by_month(session, today=TODAY)
        assert (months[0].month, months[-1].month) == (date(2025, 9, 1), date(2026, 8, 1))
        july, august = months[-2:]
        assert (july.cents[PaymentSource.PIX], july.total_cents) == (199_90, 199_90)
        assert (august.cents[PaymentSource.BOLETO], august.cents[PaymentSource.PIX]) == (399_80, 0)


class TestWhatFailed:
    def test_names_a_declined_card(self, session: Session) -> None:
        invoice = make_invoice(session)
        make_waiting_charge(session, invoice)
        settled = {
            "state": ChargeState.DECLINED,
            "settled_at": at_sao_paulo(TODAY, 7),
            "reason": "Sem limite",
        }
        session.execute(update(Charge).values(**settled))
        (failure,) = list_failures(session, today=TODAY)
        assert (failure.what, failure.why, failure.invoice_id) == (
            "Cartão recusado",
            "Sem limite",
            invoice.id,
        )
        assert list_failures(session, today=TODAY + timedelta(days=7)) == []

    @pytest.mark.deep
    def test_names_a_boleto_by_when_its_bank_did_not_take_it(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session, now=at_sao_paulo(date(2026, 6, 5), 12)))
        told = return_file(
            ACCOUNT, [line(boleto, "03", reasons="0899")], made_at=at_sao_paulo(TODAY, 9), number=1
        )
        file = bring(session, told, now=at_sao_paulo(TODAY, 9))
        apply_return(session, file=file, actor=None, now=at_sao_paulo(TODAY, 9))
        (failure,) = list_failures(session, today=TODAY + timedelta(days=6))
        assert (failure.what, failure.at, failure.why) == (
            "Boleto recusado pelo banco",
            at_sao_paulo(TODAY, 9),
            "nome do pagador não informado (08); motivo 99, que só o banco explica",
        )
        assert list_failures(session, today=TODAY + timedelta(days=7)) == []

    def test_is_told_in_words_on_the_page(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            make_waiting_charge(session, make_invoice(session))
            declined = update(Charge).values(state=ChargeState.DECLINED, settled_at=clock.now())
            session.execute(declined.values(reason="insufficient_funds"))
            finance_id = make_user(session, role=Role.FINANCE).id
        page = client_of(finance_id).get("/financeiro").text
        assert "o saldo ou o limite não é suficiente" in page
        assert "insufficient_funds" not in page


@pytest.fixture
def payment(transaction: Transaction) -> Payment:
    with transaction() as session:
        session.expire_on_commit = False
        make_house(session)
        return paid(session, NOON - timedelta(days=1), name="E34120260609ABC")


@pytest.fixture
def finance(payment: Payment, transaction: Transaction, client_of: ClientOf) -> PortalClient:
    del payment
    with transaction() as session:
        finance_id = make_user(session, role=Role.FINANCE).id
    return client_of(finance_id)


class TestThePage:
    @pytest.mark.deep
    def test_leads_from_each_figure_to_its_rows(self, finance: PortalClient) -> None:
        page = finance.get("/financeiro").text
        for words in ("O que precisa de você", "Nada falhou", "Em aberto, por atraso", "R$\xa0199,90"):
            assert words in page
        for address in (
            "/tarefas",
            "/pagamentos/teds",
            "/pagamentos/a-conferir",
            "/repasses/extratos?estado=to_pay",
            "/pagamentos?forma=pix&amp;de=01/06/2026&amp;ate=30/06/2026",
        ):
            assert f'href="{address}"' in page, address
        assert 'href="/faturas?estado=open&amp;' in page

    @pytest.mark.deep
    def test_shows_each_way_of_paying_in_its_chart(
        self, finance: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            paid(session, NOON, source="boleto", name="B1")
        page = finance.get("/financeiro").text
        chart = page[page.index('id="receita"') : page.index("Receita por mês e forma</caption>")]
        for way, form in (("Pix", "pix"), ("Boleto", "boleto")):
            address = f"/pagamentos?forma={form}&amp;de=01/06/2026&amp;ate=30/06/2026"
            assert f'<a href="{address}" aria-label="jun, {way}: R$\xa0199,90">' in chart, way
        assert chart.count('<rect class="part') == 4 + 2
        assert "Cartão" in chart
        assert "Ver os números em tabela" not in page  # each figure stands below its chart already

    def test_is_not_for_resellers(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            seller_id = make_house(session).seller.user_id
        assert client_of(seller_id).get("/financeiro").status_code == 403


class TestFindingAPayment:
    def test_by_any_of_its_numbers(
        self, finance: PortalClient, payment: Payment, transaction: Transaction
    ) -> None:
        with transaction() as session:
            invoice = session.scalars(select(Invoice).where(Invoice.id == payment.invoice_id)).one()
            numbers = (f"{invoice.number:06d}", f"{invoice.contract_id:06d}", "e34120260609abc", "199,90")
        for number in numbers:
            assert "Padaria Pão Quente" in finance.get(f"/pagamentos?busca={number}").text, number
        assert "Nenhum pagamento assim" in finance.get("/pagamentos?busca=199,91").text

    def test_opens_it_with_what_was_booked(self, finance: PortalClient, payment: Payment) -> None:
        assert f'href="/pagamentos/{payment.id}"' in finance.get("/pagamentos").text
        page = finance.get(f"/pagamentos/{payment.id}").text
        for words in ("E34120260609ABC", "Caixa, Pix", "A receber", "Fatura paga"):
            assert words in page
        assert finance.get("/pagamentos/999999").status_code == 404
