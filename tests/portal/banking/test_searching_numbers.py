"""Invoices and payments found by every number that is printed or told, and by indexes."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.operations.joint_pix import join_invoices, receive_joint_pix
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_notices import Credit
from portal.banking.rules.pix import joint_txid_of, txid_of
from portal.invoices.models import Invoice
from portal.receipts.operations.ted import announce_ted
from portal.receipts.rules.receiving import Payer
from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.bank_accounts import BRADESCO, BRASIL, SANTANDER
from tests.factories.cards import make_waiting_charge
from tests.factories.invoices import make_invoice
from tests.factories.payments import A_DAY_LATER, ACCOUNT, pay
from tests.factories.quotes import NOON, make_house
from tests.factories.statements import Entry
from tests.factories.users import make_user
from tests.portal.banking.test_statements import DAY, bring
from tests.portal.receipts.test_ted import PDF
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.statements import plans

# Itaú: 0057 12345 109 00000123 by weights 2, 1 is 52, 10 - 2 = 8. Bradesco: 9 × 7 + 16 = 79, 2 left of 11.
# Santander: 3 × 2 + 2 × 3 + 1 × 4 = 16, 5 left of 11.
PRINTED = [
    (ACCOUNT, ("109/00000123-8", "109000001238", "109/00000123", "00000123-8", "00000123", "123-8")),
    (BRADESCO, ("09/00000000123-9", "09000000001239", "00000000123-9", "00000000123")),
    (BRASIL, ("12345670000000123", "0000000123")),
    (SANTANDER, ("000000000123-6", "0000000001236", "000000000123")),
]


def is_search(statement: str) -> bool:
    return statement.startswith("SELECT") and "boletos" in statement


MANY = 10_000
FILL = """
INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object('id', 1000000 + k, {changes}))).*
FROM {table} AS one, generate_series(1, {many}) AS k WHERE one.id = (SELECT min(id) FROM {table})
"""
# What is another one in each of the rows that are like the first.
CHANGED = {
    "customers": "'document', lpad(k::text, 14, '0'), 'search_text', 'x' || md5(k::text)",
    "invoices": "'number', 5000 + k, 'contract_id', 5000 + k, 'customer_id', 1000000 + k",
    "boletos": "'number', 5000 + k, 'bar_code', 'b' || k, 'invoice_id', 1000000 + k",
    "payments": "'external_id', 'p' || k, 'invoice_id', 1000000 + k",
    "charges": "'key', 'c' || k, 'processor_charge', 'ch_' || k, 'invoice_id', 1000000 + k",
    "ted_credits": "'statement_reference', 't' || k, 'ordinal', k + 9,"
    " 'transfer_id', NULL, 'payment_id', NULL",
    "statement_lines": "'fitid', 'f' || k, 'credit_id', 1000000 + k",
}


def fill(session: Session) -> None:
    """Many more rows like those that are there."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for table, changes in CHANGED.items():
        session.execute(text(FILL.format(table=table, changes=changes, many=MANY)))


@pytest.fixture
def finance_id(transaction: Transaction) -> int:
    with transaction() as session:
        return make_user(session, role=Role.FINANCE).id


class TestABoleto:
    @pytest.mark.deep
    @pytest.mark.parametrize(("account", "numbers"), PRINTED, ids=[each.bank for each, _ in PRINTED])
    def test_is_found_as_its_bank_prints_its_number(
        self,
        transaction: Transaction,
        client_of: ClientOf,
        finance_id: int,
        account: BoletoAccount,
        numbers: tuple[str, ...],
    ) -> None:
        with transaction() as session:
            mine, other = (make_invoice(session, payment_method="ted") for _ in range(2))
            boleto = issue_boleto(
                session, invoice_id=mine.id, account=replace(account, first_number=123), now=NOON
            )
            issue_boleto(session, invoice_id=other.id, account=replace(account, first_number=1234), now=NOON)
            payment = pay(session, invoice_id=mine.id)
            pay(session, invoice_id=other.id)
            assert boleto.our_number == numbers[0]
            line, bars = boleto.line, boleto.bar_code
            stranger = make_user(session, partner_id=other.partner_id).id
            ids = (mine.id, other.id, payment.id)
        plain = "".join(filter(str.isdigit, line))
        finance, seller = client_of(finance_id), client_of(stranger)
        for number in (*numbers, bars, line, plain, line.replace(" ", "  ")):
            invoices = finance.get("/faturas", query_string={"busca": number}).text
            assert f'href="/faturas/{ids[0]}"' in invoices, number
            assert f'href="/faturas/{ids[1]}"' not in invoices, number
            payments = finance.get("/pagamentos", query_string={"busca": number}).text
            assert f'href="/pagamentos/{ids[2]}"' in payments, number
            assert payments.count('class="row-title"') == 1, number
            assert 'class="row-title"' not in seller.get("/faturas", query_string={"busca": number}).text

    def test_is_not_found_by_another_check_digit_or_wallet(
        self, transaction: Transaction, client_of: ClientOf, finance_id: int
    ) -> None:
        with transaction() as session:
            account = replace(ACCOUNT, first_number=123)
            invoice = make_invoice(session, payment_method="ted")
            issue_boleto(session, invoice_id=invoice.id, account=account, now=NOON)
        for number in ("109/00000123-7", "110/00000123-8", "1238", "123-7"):
            page = client_of(finance_id).get("/faturas", query_string={"busca": number}).text
            assert "Nenhuma fatura assim" in page, number


def named(session: Session) -> Mapping[str, tuple[str, ...]]:
    """Invoices, by their id, and what is theirs by a name: of a Pix, of a charge, of a TED."""
    pix, card, house = make_invoice(session), make_invoice(session), make_house(session)
    ted = make_invoice(session, payment_method="ted", house=house)
    first, second = make_invoice(session, house=house), make_invoice(session, house=house)
    pay(session, invoice_id=pix.id, external_id="E34120260601120000000000abC")
    make_waiting_charge(session, card)
    charge = str(session.execute(text("SELECT processor_charge FROM charges")).scalar_one())
    joint = join_invoices(session, customer=house.customer, invoice_ids=[first.id, second.id], now=NOON)
    credit = Credit(
        external_id="E34120260601120000000000099",
        reference=joint_txid_of(joint.id),
        amount_cents=first.amount_cents + second.amount_cents,
        currency="BRL",
        at=A_DAY_LATER,
        payer=Payer(name="Quem pagou"),
    )
    receive_joint_pix(session, joint_pix_id=joint.id, credit=credit, now=A_DAY_LATER)
    announce_ted(session, invoice_id=ted.id, proof=PDF, now=NOON)
    memo = f"TED RECEBIDA {ted.payer_document}"
    amount = f"{ted.amount_cents / 100:.2f}"
    bring(session, Entry(fitid="2026.06-7788", on=DAY, amount=amount, memo=memo))
    both = (credit.external_id, joint_txid_of(joint.id))
    return {
        str(pix.id): (txid_of(pix.id), txid_of(pix.id).lower(), "E34120260601120000000000abC"),
        str(card.id): (charge, charge.upper()),
        str(ted.id): ("2026.06-7788",),
        str(first.id): both,
        str(second.id): both,
    }


class TestANameOfMoney:
    def test_finds_the_invoice_it_is_for(
        self, transaction: Transaction, client_of: ClientOf, finance_id: int
    ) -> None:
        with transaction() as session:
            names = named(session)
            paid = set(session.execute(text("SELECT invoice_id FROM payments")).scalars())
            stranger_id = make_user(session, partner_id=make_house(session).partner.id).id
        finance, strange = client_of(finance_id), client_of(stranger_id)
        for invoice_id, each in names.items():
            for name in each:
                page = finance.get("/faturas", query_string={"busca": name}).text
                assert f'href="/faturas/{invoice_id}"' in page, name
                shown = {one for one in names if f'href="/faturas/{one}"' in page}
                assert shown == {one for one, theirs in names.items() if name in theirs}, name
                payments = finance.get("/pagamentos", query_string={"busca": name}).text
                assert (f'href="/faturas/{invoice_id}"' in payments) is (int(invoice_id) in paid), name
                assert "Nenhuma fatura assim" in strange.get(f"/faturas?busca={name}").text

    def test_finds_parked_money_by_a_txid_of_somebody_else(
        self, transaction: Transaction, client_of: ClientOf, finance_id: int
    ) -> None:
        with transaction() as session:
            pay(session, invoice_id=None, amount_cents=7_31, facts={"txid": "outro7Sistema000000000000001"})
        client = client_of(finance_id)
        assert "7,31" in client.get("/pagamentos?busca=outro7Sistema000000000000001").text
        assert "7,31" not in client.get("/pagamentos?busca=outro7Sistema000000000000002").text


class TestALookAtManyRows:
    @pytest.mark.deep
    def test_goes_by_indexes(
        self, app: Flask, transaction: Transaction, client_of: ClientOf, finance_id: int
    ) -> None:
        with transaction() as session:
            names = named(session)
            invoice = session.get_one(Invoice, int(min(names, key=int)))
            fill(session)
            number = f"{invoice.number:06d}"
        with app.app_context(), db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
        client = client_of(finance_id)
        for search in (number, "109/00000001-1", "p77", "ch_77", "f77", "1" * 47):
            with plans(app, is_search) as found:
                assert client.get("/faturas", query_string={"busca": search}).status_code == 200
            assert found
            for plan in found:
                for table in ("invoices", "customers", "boletos", "payments", "charges", "statement_lines"):
                    assert f"Seq Scan on {table}" not in plan, f"{search}:\n{plan}"
            with plans(app, is_search) as found:
                assert client.get("/pagamentos", query_string={"busca": search}).status_code == 200
            for plan in found:
                for table in ("invoices", "boletos", "charges", "statement_lines"):
                    assert f"Seq Scan on {table}" not in plan, f"{search}:\n{plan}"
