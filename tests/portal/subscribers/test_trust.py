"""A suspended customer gives itself its service back: from the first page, and behind the link of a mail."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.contracts.queries.reading import load_contract
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.overdue.operations.trust import release_in_trust
from portal.shared import clock, tokens
from portal.shared.audit import LogEntry
from portal.shared.brazil import format_date
from portal.shared.tokens import Purpose
from tests.factories.overdue import subscription_of, suspended
from tests.factories.quotes import make_house
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location


def suspend(session: Session, *, had_before: bool = False) -> str:
    """A suspended customer; the address behind its mail's link."""
    now = clock.now()
    house = make_house(session)
    house.customer.email = MARIA
    if had_before:
        suspended(session, house, now=now)
        release_in_trust(session, house.customer, actor=None, given_to=MARIA, now=now)
    contract = suspended(session, house, now=now)
    invoice = session.scalars(
        select(Invoice).where(Invoice.contract_id == contract.id, Invoice.installment_number == 2)
    ).one()
    link = tokens.issue(
        session, purpose=Purpose.INVOICE, subject_id=invoice.id, now=now, valid_for=timedelta(days=30)
    )
    return f"/pagar/{link.secret()}"


def in_three_days() -> str:
    return format_date(clock.today() + timedelta(days=3))


def test_from_the_first_page(app: Flask, visitor: PortalClient, transaction: Transaction) -> None:
    with transaction() as session:
        suspend(session)
    come_in(app, visitor, transaction)
    page = visitor.get("/assinante").text
    assert "Seu serviço está suspenso desde" in page
    assert f"Liberar até {in_three_days()}" in page
    assert location(visitor.submit("/assinante/liberacao")) == "/assinante"
    page = visitor.get("/assinante").text
    assert f"Seu serviço está liberado em confiança até {in_three_days()}" in page
    assert "faltam 3 dias" in page
    assert "Não consegue pagar agora?" not in page
    with transaction() as session:
        entry = session.scalars(select(LogEntry).filter_by(action="released_in_trust")).one()
        assert entry.actor_label == MARIA


def test_behind_the_link_of_a_mail(visitor: PortalClient, transaction: Transaction) -> None:
    with transaction() as session:
        address = suspend(session)
    page = visitor.get(address).text
    assert "O serviço está suspenso desde" in page
    assert f"Liberar até {in_three_days()}" in page
    assert location(visitor.submit(f"{address}/confianca")) == address
    page = visitor.get(address).text
    assert f"liberado em confiança até <strong>{in_three_days()}</strong>" in page
    assert location(visitor.submit(f"{address}/confianca")) == address  # a second tap changes nothing
    with transaction() as session:
        assert len(session.scalars(select(LogEntry).filter_by(action="released_in_trust")).all()) == 1


@pytest.mark.deep
def test_pix_stands_first_and_what_else_is_late_is_named(
    app: Flask, visitor: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:
        house, month_ago = make_house(session), clock.now() - timedelta(days=30)
        house.customer.email = MARIA
        contract = load_contract(session, suspended(session, house, now=month_ago).id)
        subscription = subscription_of(session, contract)
        subscription.service_state = ServiceState.OVERDUE  # when the next month was billed
        session.flush()
        before = month_ago - timedelta(days=45)
        label = issue_installment(session, contract=contract, number=3, now=before).label
        subscription.service_state = ServiceState.SUSPENDED
        first = select(Invoice.id).where(Invoice.installment_number == 2)
        link = tokens.issue(
            session,
            purpose=Purpose.INVOICE,
            subject_id=session.scalars(first).one(),
            now=clock.now(),
            valid_for=timedelta(days=30),
        )
        address = f"/pagar/{link.secret()}"
    page = visitor.get(address).text
    assert re.findall(r'<details class="way" id="(\w+)"', page)[0] == "pix"
    assert f"Ele volta quando esta fatura e a {label}" in page
    come_in(app, visitor, transaction)
    assert "Pagar as 2 vencidas juntas" in visitor.get("/assinante").text


def test_says_why_not_where_it_was_had_before(visitor: PortalClient, transaction: Transaction) -> None:
    with transaction() as session:
        address = suspend(session, had_before=True)
    used = f"já foi usada em {format_date(clock.today())} e só pode ser usada uma vez."
    assert used in visitor.get(address).text
    refused = visitor.submit(f"{address}/confianca")
    assert refused.status_code == 409
    assert used in refused.text
