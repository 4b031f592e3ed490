"""A day's reminders of all and of each subscription alone are the same rows, column by column."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.rules.sending import LeftOut
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import at_sao_paulo
from tests.factories.dunning import REMINDER, policy_of
from tests.factories.overdue import MENTORING, active, night, nights
from tests.factories.quotes import make_house
from tests.factories.subscriptions import copy_subscriptions
from tests.support.application import Transaction
from tests.support.made_rows import made_by
from tests.support.unguarded import unguarded

NOW = at_sao_paulo(date(2026, 7, 17), 9)
CALL = Step(2, Channel.PHONE, Audience.EVERYBODY, 150_00, "Ligar: {fatura}", "Olá, {nome}!")
EARLIER = Step(0, Channel.EMAIL, Audience.EVERYBODY, 0, "Vence hoje: {fatura}", "Vence em {vencimento}.")
MADE = {
    "reminders": "SELECT message.*, name FROM dunning_messages AS message"
    " JOIN customers ON customers.id = customer_id ORDER BY message.invoice_id",
    "mails": "SELECT mail.*, invoice_id FROM mail_messages AS mail JOIN dunning_messages AS message"
    " ON kind = 'dunning_reminder' AND message.id = mail.subject_id ORDER BY invoice_id, to_address",
    "calls": "SELECT tasks.*, invoice_id FROM tasks JOIN dunning_messages AS message"
    " ON key = 'dunning:' || message.id ORDER BY invoice_id",
}
GIVEN_OUT = {"id", "run_id", "subject_id", "key", "message_id"}
# By what is left of a contract's number: why its customer is left alone, or how it owes less.
VARIED = """
UPDATE invoices SET paid_cents = amount_cents - 100 WHERE installment_number = 2 AND contract_id % 11 = 0;
UPDATE invoices SET paid_cents = 10000 WHERE installment_number = 2 AND contract_id % 11 = 1;
UPDATE invoices SET state = 'paid', paid_cents = amount_cents, paid_at = now()
WHERE installment_number = 2 AND contract_id % 11 = 2;
UPDATE invoices SET payment_method = 'card' WHERE installment_number = 2 AND contract_id % 11 = 3;
UPDATE boletos SET state = 'paid_unsettled', paid_at = now() FROM invoices
WHERE invoices.id = invoice_id AND invoices.contract_id % 11 = 4;
INSERT INTO dunning_holds (partner_id, customer_id, kind, until_on, reason, made_at)
SELECT partner_id, customer_id, 'hold', '2026-08-01', 'x', now()
FROM subscriptions WHERE contract_id % 11 = 5;
INSERT INTO dunning_holds (partner_id, customer_id, kind, until_on, reason, made_at)
SELECT partner_id, customer_id, 'opt_out', NULL, 'x', now()
FROM subscriptions WHERE contract_id % 11 = 6;
UPDATE invoices SET due_on = due_on - 30 WHERE installment_number = 2 AND contract_id % 11 = 7;
UPDATE invoices SET due_on = due_on + 1 WHERE installment_number = 2 AND contract_id % 11 = 8
"""
AWAY = "UPDATE invoices SET due_on = due_on - 3650 WHERE state = 'open'"
BACK = "UPDATE invoices SET due_on = due_on + 3650 WHERE state = 'open' AND contract_id = :contract_id"


def remind(session: Session) -> None:
    """The day's run, handed on."""
    run = prepare_run(session, now=NOW)
    session.flush()
    release_run(session, run.id, actor=None, now=NOW)
    send_chunk(session, run.id, now=NOW)


def reminded(session: Session) -> dict[str, list[dict[str, Any]]]:
    """The rows of the day's run, which are taken back."""
    return made_by(session, remind, MADE, but=GIVEN_OUT)


def one_by_one(session: Session) -> dict[str, list[dict[str, Any]]]:
    """The rows of runs that find one subscription's invoices only; the others' are due in another decade."""
    owing = select(Invoice.contract_id).where(Invoice.state == InvoiceState.OPEN).distinct()
    made: dict[str, list[dict[str, Any]]] = {name: [] for name in MADE}
    contract_ids = session.scalars(owing.order_by(Invoice.contract_id)).all()
    unguarded(session, AWAY)
    for contract_id in contract_ids:
        with session.begin_nested() as savepoint:
            unguarded(session, BACK, contract_id=contract_id)
            for name, rows in reminded(session).items():
                made[name] += rows
            savepoint.rollback()
    for rows in made.values():
        rows.sort(key=lambda row: (row["invoice_id"], row.get("to_address", "")))
    return made


@pytest.fixture
def many(transaction: Transaction, count: int) -> None:
    """Invoiced for 15/07 each, of several kinds, and each with something else of its own."""
    with transaction() as session:
        house = make_house(session)
        policy_of(session, EARLIER, REMINDER, CALL, actor=house.admin)
        copy_subscriptions(session, active(session, house).id, count=count - 2)
        active(session, make_house(session), **MENTORING)
        nights(session, date(2026, 7, 5), date(2026, 7, 5))
        night(session, date(2026, 7, 16))
        for invoice_id in session.scalars(
            select(Invoice.id).where(Invoice.installment_number == 2, Invoice.contract_id % 11 == 4)
        ):
            issue_boleto(session, invoice_id=invoice_id, account=boleto_account(session), now=NOW)
        unguarded(session, *VARIED.split(";"))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("count", [60, pytest.param(1_000, marks=pytest.mark.deep)])
def test_reminders_of_all_are_those_of_each_alone(transaction: Transaction, count: int) -> None:
    with transaction() as session:
        by_sets, singly = reminded(session), one_by_one(session)
    left_out = {row["left_out"] for row in by_sets["reminders"]}
    assert left_out >= {None, LeftOut.HELD.value, LeftOut.OPTED_OUT.value, LeftOut.SETTLING.value}
    assert len(by_sets["reminders"]) > count // 2
    assert by_sets["mails"]
    for name in MADE:
        assert by_sets[name] == singly[name], name
