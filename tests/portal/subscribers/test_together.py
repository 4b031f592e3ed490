"""Several invoices paid together: one Pix, their boletos; told twice, too little, too much."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.models.joint_pix import JointPix
from portal.banking.rules.joint_pix import parts_of
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.rules.states import InvoiceState
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.models.returning import PaymentReturn
from portal.shared import clock
from tests.factories.contracts import make_contract
from tests.factories.quotes import House, make_house
from tests.portal.banking.test_pix_contests import tell
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.scenes import lived
from tests.support.statements import statements


def owing(session: Session, house: House) -> int:
    """An open invoice of R$ 199,90, of a contract of its own."""
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=clock.now())
    return issue_installment(session, contract=contract, number=2, now=clock.now()).id


@pytest.fixture
def address(app: Flask, visitor: PortalClient, transaction: Transaction) -> str:
    """Maria's page of two invoices of R$ 199,90, paid together."""

    def chosen() -> str:
        with transaction() as session:
            house = make_house(session)
            house.customer.email = MARIA
            ids = [owing(session, house) for _ in range(2)]
        come_in(app, visitor, transaction)
        assert "Pagar várias de uma vez" in visitor.get("/assinante").text
        return location(visitor.submit("/assinante/faturas/juntas", {"fatura": ids}))

    return lived(app, chosen, beside=[visitor])


def pix_of(transaction: Transaction, valor: str, *, by_stranger: bool = False) -> dict[str, Any]:
    """What the bank says of the Pix on the page, paid with an amount."""
    with transaction() as session:
        txid = f"CONTAS{session.scalars(select(JointPix.id)).one():010d}"
        invoice = session.scalars(select(Invoice).where(Invoice.installment_number == 2).limit(1)).one()
        document = "52998224725" if by_stranger else invoice.payer_document
    payer = {"cpf" if len(document) == 11 else "cnpj": document, "nome": "Quem pagou"}
    said = {
        "endToEndId": "E3412026060112000000000001",
        "txid": txid,
        "valor": valor,
        "horario": clock.now().isoformat(),
        "pagador": payer,
    }
    return {"pix": [said]}


def invoices(session: Session) -> list[Invoice]:
    return list(session.scalars(select(Invoice).where(Invoice.installment_number == 2).order_by(Invoice.id)))


def payments(session: Session) -> list[tuple[str, int]]:
    rows = session.scalars(select(Payment).where(Payment.external_id.like("E3412026%")).order_by(Payment.id))
    return [(row.external_id, row.amount_cents) for row in rows]


def assert_books_hold(session: Session) -> None:
    broken = find_broken(session, since=None, now=clock.now())
    assert [row for row in broken if row.invariant.key not in {"E2", "L2"}] == []


@pytest.mark.deep
def test_one_pix_pays_both_and_the_page_says_so(
    app: Flask, visitor: PortalClient, transaction: Transaction, address: str
) -> None:
    page = visitor.get(address).text
    assert "R$\xa0399,80 por 2 faturas" in page or "R$ 399,80 por 2 faturas" in page
    assert re.search(r"5406399\.80", page), "the amount stands in the code"
    assert visitor.get(f"{address}/situacao?abertas=2").status_code == 204
    paid = pix_of(transaction, "399.80", by_stranger=True)
    tell(app, paid, paid)
    assert location(visitor.get(f"{address}/situacao?abertas=2")) == address
    assert "Recebemos o pagamento" in visitor.get(address).text
    with transaction() as session:
        assert payments(session) == [
            ("E3412026060112000000000001", 199_90),
            ("E3412026060112000000000001/2", 199_90),
        ]
        assert [each.state for each in invoices(session)] == [InvoiceState.PAID] * 2
        assert_books_hold(session)


@pytest.mark.deep
@pytest.mark.usefixtures("address")
def test_a_notice_in_other_words_is_the_same_pix(app: Flask, transaction: Transaction) -> None:
    paid = pix_of(transaction, "399.80")
    again = {"pix": [paid["pix"][0] | {"infoPagador": "outra vez"}]}
    tell(app, paid, again)
    with transaction() as session:
        assert len(payments(session)) == 2


@pytest.mark.deep
@pytest.mark.usefixtures("address")
def test_too_little_pays_the_first_and_a_part_of_the_second(app: Flask, transaction: Transaction) -> None:
    tell(app, pix_of(transaction, "300.00"))
    with transaction() as session:
        first, second = invoices(session)
        assert (first.state, second.state, second.open_cents) == (
            InvoiceState.PAID,
            InvoiceState.OPEN,
            99_80,
        )
        assert_books_hold(session)


@pytest.mark.deep
@pytest.mark.usefixtures("address")
def test_too_little_of_a_stranger_waits_for_finance(app: Flask, transaction: Transaction) -> None:
    tell(app, pix_of(transaction, "300.00", by_stranger=True))
    with transaction() as session:
        assert [each.state for each in invoices(session)] == [InvoiceState.PAID, InvoiceState.OPEN]
        parked = session.scalars(select(ParkedPayment)).one()
        assert session.get_one(Payment, parked.payment_id).amount_cents == 100_10
        assert_books_hold(session)


@pytest.mark.deep
@pytest.mark.usefixtures("address")
def test_too_much_is_credit(app: Flask, transaction: Transaction) -> None:
    tell(app, pix_of(transaction, "420.00"))
    with transaction() as session:
        assert session.scalars(select(CustomerCredit.amount_cents)).all() == [20_20]
        assert_books_hold(session)


@pytest.mark.deep
def test_one_that_was_paid_meanwhile_is_not_paid_again(
    app: Flask, visitor: PortalClient, transaction: Transaction, address: str
) -> None:
    with transaction() as session:
        first, _second = invoices(session)
        txid, cnpj = f"FATURA{first.id:010d}", first.payer_document
    alone = {
        "endToEndId": "E3412026060112000000000009",
        "txid": txid,
        "valor": "199.90",
        "horario": clock.now().isoformat(),
    }
    tell(app, {"pix": [alone | {"pagador": {"cnpj": cnpj, "nome": "Padaria"}}]})
    assert "199,90 por 1 fatura" in visitor.get(address).text
    tell(app, pix_of(transaction, "199.90"))
    with transaction() as session:
        assert ("E3412026060112000000000001", 199_90) in payments(session)
        assert len(payments(session)) == 2
        assert [each.state for each in invoices(session)] == [InvoiceState.PAID] * 2


@pytest.mark.deep
def test_boletos_are_asked_for_each(visitor: PortalClient, transaction: Transaction, address: str) -> None:
    visitor.get(address)
    visitor.submit(f"{address}/boletos")
    visitor.submit(f"{address}/boletos")
    assert "O banco ainda está registrando" in visitor.get(address).text
    with transaction() as session:
        ids = {invoice.id for invoice in invoices(session)}
        boletos = session.scalars(select(Boleto.invoice_id).where(Boleto.invoice_id.in_(ids))).all()
        assert sorted(boletos) == sorted(ids)


@pytest.mark.deep
def test_the_same_choice_is_the_same_page_and_one_alone_is_none(
    visitor: PortalClient, transaction: Transaction, address: str
) -> None:
    with transaction() as session:
        ids = [each.id for each in invoices(session)]
    visitor.get("/assinante")
    assert location(visitor.submit("/assinante/faturas/juntas", {"fatura": ids})) == address
    assert location(visitor.submit("/assinante/faturas/juntas", {"fatura": ids[:1]})) == "/assinante"
    assert "pelo menos duas faturas" in visitor.get("/assinante").text


@pytest.mark.deep
@pytest.mark.usefixtures("address")
def test_another_customers_are_left_out_and_not_found(
    visitor: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:
        own = invoices(session)[0].id
        theirs = owing(session, make_house(session))
        stranger = session.get_one(Invoice, theirs)
        whose = {"partner_id": stranger.partner_id, "customer_id": stranger.customer_id}
        joint = JointPix(key="1,2,3", created_at=clock.now(), **whose)
        session.add(joint)
        session.flush()
        joint_id = joint.id
    visitor.get("/assinante")
    answer = visitor.submit("/assinante/faturas/juntas", {"fatura": [own, theirs]})
    assert location(answer) == "/assinante"
    assert visitor.get(f"/assinante/juntas/{joint_id}").status_code == 404
    assert visitor.get(f"/assinante/faturas/{theirs}/boleto.pdf").status_code == 404


@pytest.mark.parametrize(
    ("amount", "asked", "parts"),
    [
        (300, [(1, 100), (2, 200)], [(1, 100), (2, 200)]),
        (250, [(1, 100), (2, 200)], [(1, 100), (2, 150)]),
        (90, [(1, 100), (2, 200)], [(1, 90)]),
        (310, [(1, 100), (2, 200)], [(1, 100), (2, 210)]),
        (200, [(1, 0), (2, 200)], [(2, 200)]),
        (50, [(1, 0), (2, 0)], [(2, 50)]),
    ],
)
def test_the_parts_add_up(amount: int, asked: list[tuple[int, int]], parts: list[tuple[int, int]]) -> None:
    assert list(parts_of(amount, asked)) == parts


@pytest.mark.deep
def test_many_invoices_take_as_many_statements_as_two(
    app: Flask, visitor: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:
        house = make_house(session)
        house.customer.email = MARIA
        ids = [owing(session, house) for _ in range(7)]
    come_in(app, visitor, transaction)
    counts = []
    for chosen in (ids[:2], ids[2:]):
        page = location(visitor.submit("/assinante/faturas/juntas", {"fatura": chosen}))
        with statements(app) as seen:
            visitor.get(page)
        with statements(app) as asked:
            visitor.submit(f"{page}/boletos")
        in_the_log = sum("log_" in statement for statement in asked)
        counts.append((len(seen), len(asked) - in_the_log))
    assert counts[0] == counts[1]
    with transaction() as session:
        assert len(session.scalars(select(Boleto.id).where(Boleto.invoice_id.in_(ids))).all()) == 7


class TestOneThatGoesBack:
    """A Pix of R$ 399,80 that paid two invoices of R$ 199,90 each."""

    @pytest.fixture
    def paid(self, app: Flask, transaction: Transaction, address: str) -> dict[str, Any]:
        assert address

        def told() -> str:
            paid = pix_of(transaction, "399.80")
            tell(app, paid)
            return json.dumps(paid["pix"][0])

        return dict(json.loads(lived(app, told)))

    def contest(self, paid: dict[str, Any], status: str, valor: str = "399.80") -> dict[str, Any]:
        one = {"idContestacao": "MED9", "endToEndId": paid["endToEndId"], "valor": valor}
        return {"med": [one | {"situacao": status, "horario": clock.now().isoformat(), "motivo": "Golpe"}]}

    def returned(self, paid: dict[str, Any], valor: str, **said: str) -> dict[str, Any]:
        one = {"id": "B1", "rtrId": "RB1", "valor": valor, "status": "DEVOLVIDO"} | said
        return {"pix": [paid | {"devolucoes": [one]}]}

    def went_back(self, session: Session) -> list[int]:
        return list(session.scalars(select(PaymentReturn.amount_cents).order_by(PaymentReturn.payment_id)))

    @pytest.mark.deep
    def test_is_contested_in_each_of_its_payments_and_lost_in_each(
        self, app: Flask, transaction: Transaction, paid: dict[str, Any]
    ) -> None:
        tell(app, self.contest(paid, "ABERTA"), self.contest(paid, "ABERTA"))
        with transaction() as session:
            disputes = session.scalars(select(PaymentDispute).order_by(PaymentDispute.id)).all()
            assert [(each.state.value, each.amount_cents) for each in disputes] == [("open", 199_90)] * 2
        back = self.returned(paid, "399.80", natureza="MED_FRAUDE", idContestacao="MED9")
        tell(app, back, back)
        with transaction() as session:
            assert self.went_back(session) == [199_90, 199_90]
            assert [each.state for each in invoices(session)] == [InvoiceState.OPEN] * 2
            assert {each.state.value for each in session.scalars(select(PaymentDispute))} == {"lost"}
            assert_books_hold(session)

    @pytest.mark.deep
    def test_is_kept_in_each_when_the_contest_is_refused(
        self, app: Flask, transaction: Transaction, paid: dict[str, Any]
    ) -> None:
        tell(app, self.contest(paid, "ABERTA"), self.contest(paid, "REJEITADA"))
        with transaction() as session:
            assert [each.state.value for each in session.scalars(select(PaymentDispute))] == ["kept"] * 2
            assert [each.state for each in invoices(session)] == [InvoiceState.PAID] * 2

    def test_that_is_contested_in_part_opens_the_last_due_first(
        self, app: Flask, transaction: Transaction, paid: dict[str, Any]
    ) -> None:
        tell(app, self.contest(paid, "ABERTA", "250.00"))
        tell(app, self.returned(paid, "250.00", natureza="MED_FRAUDE"))
        with transaction() as session:
            assert self.went_back(session) == [50_10, 199_90]
            assert [each.open_cents for each in invoices(session)] == [50_10, 199_90]
            assert_books_hold(session)

    @pytest.mark.deep
    def test_that_is_returned_in_two_parts_loses_both_once(
        self, app: Flask, transaction: Transaction, paid: dict[str, Any]
    ) -> None:
        named = {"natureza": "MED_FRAUDE", "idContestacao": "MED9"}
        first = self.returned(paid, "150.00", **named)
        second = self.returned(paid, "100.00", id="B2", rtrId="RB2", **named)
        tell(app, self.contest(paid, "ABERTA"), first, second, first, second | {"med": []})
        with transaction() as session:
            assert sum(self.went_back(session)) == 250_00
            assert [each.open_cents for each in invoices(session)] == [50_10, 199_90]
            assert_books_hold(session)

    def test_is_given_back_at_the_bank_by_its_parts_once(
        self, app: Flask, transaction: Transaction, paid: dict[str, Any]
    ) -> None:
        back = self.returned(paid, "250.00")
        tell(app, self.returned(paid, "250.00", status="EM_PROCESSAMENTO"), back, back)
        with transaction() as session:
            assert self.went_back(session) == [50_10, 199_90]
            assert [each.open_cents for each in invoices(session)] == [50_10, 199_90]
            assert_books_hold(session)
