"""Incobráveis: finance gives up an invoice nobody can be made to pay; it stays owed."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.banking.rules.boleto import LIVE, CannotIssueBoleto
from portal.cards.queries.due import list_invoices_to_charge
from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.rules.states import ContractState
from portal.dashboard.queries.finance import aging
from portal.invoices.models import BadDebt, Invoice
from portal.invoices.operations.bad_debts import collect_again, give_up_invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.sending import payment_link
from portal.invoices.queries.bad_debts import sum_bad_debts
from portal.invoices.queries.books import find_broken_open_sums, find_broken_receivables
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.bad_debts import NotGivenUp, NotToBeGivenUp, SayWhy
from portal.invoices.rules.credit_notes import NotCreditable
from portal.invoices.rules.states import InvoiceState
from portal.overdue.models import OverdueNotice
from portal.overdue.queries.books import find_suspended_for_nothing
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.payment import ParkedPayment
from portal.receipts.rules.receiving import Payer
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.following import what_follows
from tests.factories.overdue import active, contract_state, invoices_of, night, suspensions_of
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.portal.cancellations.test_leaving import leave
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf

WHY = "Empresa fechada, sócio não encontrado"
SEPTEMBER = at_sao_paulo(date(2026, 9, 10), 10)
OCTOBER = at_sao_paulo(date(2026, 10, 10), 10)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def unpaid(session: Session, house: House) -> tuple[Contract, Invoice]:
    """Active since 01/06/2026; what fell due on 15/07 is not paid, and the service stops on 05/08."""
    contract = active(session, house)
    for day in (date(2026, 7, 5), date(2026, 7, 20), date(2026, 8, 5)):
        night(session, day)
    return contract, invoices_of(session, contract)[0]


def over(session: Session, house: House) -> tuple[Contract, Invoice]:
    """As `unpaid`; canceled on 10/08 and over since: August stays owed."""
    contract, invoice = unpaid(session, house)
    leave(session, contract, house, on=date(2026, 8, 10))
    end_contracts(session, now=SEPTEMBER)
    session.expire_all()
    assert contract_state(session, contract) is ContractState.ENDED
    return contract, invoice


def give_up(session: Session, invoice: Invoice, now: datetime = SEPTEMBER, reason: str = WHY) -> Invoice:
    return give_up_invoice(
        session, invoice_id=invoice.id, reason=reason, actor=make_finance(session), now=now
    )


def broken(session: Session) -> list[str]:
    """What of the books does not hold; nobody sends mails here."""
    found = (each.invariant for each in find_broken(session, since=None, now=OCTOBER))
    return [f"{each.key}: {each.label}" for each in found if each.key.startswith("M")]


class TestGivingUp:
    def test_keeps_it_owed_and_asks_nobody(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        issue_boleto(session, invoice_id=invoice.id, account=boleto_account(session), now=SEPTEMBER)
        live = select(func.count(Boleto.id)).where(Boleto.invoice_id == invoice.id, Boleto.state.in_(LIVE))
        assert session.scalar(live) == 1
        give_up(session, invoice)
        assert (invoice.state, invoice.open_cents) == (InvoiceState.UNCOLLECTIBLE, 199_90)
        assert session.scalar(live) == 0
        with pytest.raises(CannotIssueBoleto):
            issue_boleto(session, invoice_id=invoice.id, account=boleto_account(session), now=SEPTEMBER)
        assert list_invoices_to_charge(session, today=date(2026, 9, 10), limit=9) == []
        assert (find_broken_receivables(session), find_broken_open_sums(session)) == ([], [])
        assert broken(session) == []

    def test_is_told_with_its_reason(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        give_up(session, invoice)
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "invoice_given_up")).one()
        assert "marcada como incobrável: R$\xa0199,90 em aberto" in entry.summary
        assert entry.reason == WHY

    @pytest.mark.deep
    def test_takes_it_out_of_the_aging_and_stands_apart(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        before = sum(bucket.open.cents for bucket in aging(session, today=date(2026, 9, 10)))
        give_up(session, invoice)
        after = sum(bucket.open.cents for bucket in aging(session, today=date(2026, 9, 10)))
        assert (before, after) == (199_90, 0)
        assert sum_bad_debts(session, since=date(2026, 1, 1)) == (1, 199_90, 0, 0)

    def test_needs_a_reason(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        with pytest.raises(SayWhy):
            give_up(session, invoice, reason="  ")

    def test_is_not_for_a_service_that_goes_on(self, session: Session, house: House) -> None:
        contract = active(session, house)
        night(session, date(2026, 7, 5))
        (invoice,) = invoices_of(session, contract)
        with pytest.raises(NotToBeGivenUp, match="ainda não venceu"):
            give_up(session, invoice, at_sao_paulo(date(2026, 7, 15), 10))
        with pytest.raises(NotToBeGivenUp, match="só a de um contrato encerrado"):
            give_up(session, invoice, at_sao_paulo(date(2026, 7, 20), 10))

    @pytest.mark.deep
    def test_waits_sixty_days_of_a_suspension(self, session: Session, house: House) -> None:
        """Suspended since 05/08: on 03/10 that is 59 days, on 04/10 60."""
        contract, invoice = unpaid(session, house)
        assert [each.suspended_at.date() for each in suspensions_of(session, contract)] == [date(2026, 8, 5)]
        with pytest.raises(NotToBeGivenUp, match="60 dias"):
            give_up(session, invoice, at_sao_paulo(date(2026, 10, 3), 10))
        give_up(session, invoice, at_sao_paulo(date(2026, 10, 4), 10))
        assert invoice.state is InvoiceState.UNCOLLECTIBLE

    @pytest.mark.deep
    def test_gives_the_service_back_to_nobody(self, session: Session, house: House) -> None:
        contract, invoice = unpaid(session, house)
        give_up(session, invoice, OCTOBER)
        notices = select(func.count(OverdueNotice.id))
        before = session.scalar(notices)
        night(session, date(2026, 10, 11))
        assert contract_state(session, contract) is ContractState.SUSPENDED
        assert session.scalar(notices) == before
        assert find_suspended_for_nothing(session) == []
        assert broken(session) == []

    @pytest.mark.deep
    def test_takes_no_credit_note(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        give_up(session, invoice)
        with pytest.raises(NotCreditable):
            issue_credit_note(
                session,
                invoice_id=invoice.id,
                amount_cents=199_90,
                reason=WHY,
                seen_cents=0,
                actor=house.admin,
                now=SEPTEMBER,
            )


class TestMoneyThatComesAllTheSame:
    @pytest.mark.deep
    def test_pays_it_and_accrues(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        give_up(session, invoice)
        pay(session, invoice_id=invoice.id, amount_cents=199_90, now=OCTOBER)
        what_follows(session)
        assert (invoice.state, invoice.paid_cents) == (InvoiceState.PAID, 199_90)
        assert session.scalar(select(func.count(ParkedPayment.id))) == 0
        accrued = select(func.sum(RepasseAccrual.paid_cents)).where(RepasseAccrual.invoice_id == invoice.id)
        assert session.scalar(accrued) == 199_90
        (debt,) = session.scalars(select(BadDebt)).all()
        assert (debt.ended_as, debt.ended_at) == ("paid", OCTOBER)
        assert sum_bad_debts(session, since=date(2026, 1, 1)) == (0, 0, 1, 199_90)
        assert broken(session) == []

    @pytest.mark.deep
    def test_of_a_part_leaves_the_rest_given_up(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        give_up(session, invoice)
        payer = Payer(name="Padaria", document=invoice.payer_document)
        pay(session, invoice_id=invoice.id, amount_cents=100_00, now=OCTOBER, payer=payer)
        assert (invoice.state, invoice.open_cents) == (InvoiceState.UNCOLLECTIBLE, 99_90)
        assert broken(session) == []

    def test_brings_a_suspended_service_back(self, session: Session, house: House) -> None:
        contract, invoice = unpaid(session, house)
        give_up(session, invoice, OCTOBER)
        pay(session, invoice_id=invoice.id, amount_cents=199_90, now=OCTOBER)
        what_follows(session)
        session.expire_all()
        assert contract_state(session, contract) is ContractState.ACTIVE
        assert broken(session) == []


class TestCollectingAgain:
    @pytest.mark.deep
    def test_opens_it_and_gives_it_a_boleto(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        give_up(session, invoice)
        finance = make_finance(session, "Rui Caixa")
        collect_again(session, invoice_id=invoice.id, reason="O sócio apareceu", actor=finance, now=OCTOBER)
        assert invoice.state is InvoiceState.OPEN
        boletos = select(Boleto.due_on).where(Boleto.invoice_id == invoice.id, Boleto.state.in_(LIVE))
        assert session.scalars(boletos).all() == [date(2026, 10, 13)]  # Monday the 12th is a holiday
        (debt,) = session.scalars(select(BadDebt)).all()
        told = (debt.ended_as, debt.end_reason, debt.ended_by_id)
        assert told == ("collected_again", "O sócio apareceu", finance.user_id)
        assert broken(session) == []
        give_up(session, invoice, OCTOBER, "Sumiu de novo")
        assert session.scalar(select(func.count(BadDebt.id))) == 2

    def test_is_of_what_is_given_up_and_for_a_reason(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        finance = make_finance(session)
        with pytest.raises(NotGivenUp):
            collect_again(session, invoice_id=invoice.id, reason=WHY, actor=finance, now=OCTOBER)
        give_up(session, invoice)
        with pytest.raises(SayWhy):
            collect_again(session, invoice_id=invoice.id, reason="", actor=finance, now=OCTOBER)


class TestTheDatabase:
    @pytest.mark.deep
    def test_gives_up_only_what_somebody_gave_up(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        given_up = update(Invoice).where(Invoice.id == invoice.id).values(state="uncollectible")
        with pytest.raises(IntegrityError, match="nobody gave this invoice up"), session.begin_nested():
            session.execute(given_up)

    def test_collects_what_is_of_a_service_that_goes_on(self, session: Session, house: House) -> None:
        contract = active(session, house)
        night(session, date(2026, 7, 5))
        (invoice,) = invoices_of(session, contract)
        actor = make_finance(session)
        values = {
            "invoice_id": invoice.id,
            "partner_id": invoice.partner_id,
            "customer_id": invoice.customer_id,
            "open_cents": 199_90,
            "reason": WHY,
            "marked_at": SEPTEMBER,
            "marked_by_id": actor.user_id,
        }
        session.execute(insert(BadDebt).values(**values))
        given_up = update(Invoice).where(Invoice.id == invoice.id).values(state="uncollectible")
        with pytest.raises(IntegrityError, match="in service is collected"), session.begin_nested():
            session.execute(given_up)

    @pytest.mark.deep
    def test_keeps_it_so_until_the_row_has_ended(self, session: Session, house: House) -> None:
        _contract, invoice = over(session, house)
        give_up(session, invoice)
        for change in (
            update(Invoice).where(Invoice.id == invoice.id).values(state="open"),
            update(BadDebt).values(reason="Outro"),
            update(BadDebt).values(ended_at=OCTOBER, ended_as="collected_again"),
            delete(BadDebt),
            text("TRUNCATE bad_debts"),
        ):
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(change)


@pytest.fixture
def september() -> Iterator[None]:
    with time_machine.travel(SEPTEMBER, tick=False):
        yield


@pytest.mark.usefixtures("september")
class TestThePages:
    @pytest.fixture
    def invoice_id(self, transaction: Transaction) -> int:
        with transaction() as session:
            return over(session, make_house(session))[1].id

    @pytest.fixture
    def finance_id(self, transaction: Transaction) -> int:
        with transaction() as session:
            return make_user(session, role=Role.FINANCE, name="Fátima Caixa").id

    def test_give_it_up_and_find_it(self, invoice_id: int, finance_id: int, client_of: ClientOf) -> None:
        finance, page = client_of(finance_id), f"/faturas/{invoice_id}"
        assert "Marcar como incobrável" in finance.get(page).text
        empty = finance.submit(f"{page}/incobravel", {})
        assert empty.status_code == 422
        assert "Escreva o motivo." in empty.text
        answer = finance.submit(f"{page}/incobravel", {"incobravel-reason": WHY})
        assert (answer.status_code, location(answer)) == (303, page)
        shown = finance.get(page).text
        for words in (WHY, "Fátima Caixa", "Voltar a cobrar", "Incobrável"):
            assert words in shown
        assert f'href="/faturas/{invoice_id}"' in finance.get("/faturas?estado=uncollectible").text
        desk = finance.get("/financeiro").text
        assert "incobráveis</a>: <strong" in desk
        answer = finance.submit(f"{page}/voltar-a-cobrar", {"incobravel-reason": "Apareceu"})
        assert location(answer) == page
        assert "Em aberto" in finance.get(page).text

    @pytest.mark.deep
    def test_offer_it_to_finance_alone(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            _contract, invoice = over(session, house)
            seller_id, page = house.seller.user_id, f"/faturas/{invoice.id}"
            give_up(session, invoice)
        shown = client_of(seller_id).get(page).text
        assert WHY in shown
        assert "Voltar a cobrar" not in shown

    def test_send_the_payer_to_finance(self, transaction: Transaction, visitor: PortalClient) -> None:
        with transaction() as session:
            _contract, invoice = over(session, make_house(session))
            link = payment_link(session, invoice=load_invoice(session, invoice.id), now=SEPTEMBER).secret()
            give_up(session, invoice)
        shown = visitor.get(f"/pagar/{link}").text
        assert "é tratada pelo financeiro" in shown
        assert "cancelada" not in shown
