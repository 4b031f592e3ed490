"""Contracts for tests, made by the operations themselves: accept, generate, sign, pay.

The signatory's own steps are the signatures room's; here the envelope is signed by a row, as the sealing
would leave it.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.config import CompanySettings
from portal.contracts.models import Contract
from portal.contracts.operations.generating import generate_contract, issue_contract, prepare_printing
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.documents.operations.printing import render_paper
from portal.documents.operations.storing import store_file
from portal.documents.rules.files import FileKind
from portal.invoices.queries.reading import find_first_invoice
from portal.quotes.operations.answering import accept_quote
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import Payer
from portal.shared import events
from portal.signatures.events import SignatureCompleted
from portal.signatures.models import Envelope
from portal.signatures.rules.states import EnvelopeState
from tests.factories.following import what_follows
from tests.factories.quotes import NOON, House, sent
from tests.support.remembered import remembered

rendered = lru_cache(maxsize=200)(render_paper)  # same paper and instant, same bytes
COMPANY = CompanySettings.from_environment({}, production=False)
ORDER = (
    ContractState.DRAFT,
    ContractState.AWAITING_SIGNATURE,
    ContractState.AWAITING_PAYMENT,
    ContractState.ACTIVE,
)


@remembered
def make_contract(
    session: Session,
    house: House,
    *,
    state: ContractState = ContractState.DRAFT,
    now: datetime = NOON,
    **selection: Any,
) -> Contract:
    """A contract of the house's customer, as far as `state`, one of `ORDER`.

    Everything happens at `now`; `selection` changes what was quoted (see `factories.quotes.a_selection`).
    """
    quote, token = sent(session, house, now=now, **selection)
    version = accept_quote(session, token=token, quote_id=quote.id, now=now)
    contract_id = session.scalars(select(Contract.id).where(Contract.version_id == version.id)).one()
    steps = ORDER.index(state)
    if steps >= 1:
        generated(session, contract_id, house, now=now)
    if steps >= 2:
        sign(session, contract_id, now=now)
    if steps >= 3:
        pay(session, contract_id, now=now)
    return load_contract(session, contract_id)


def generated(session: Session, contract_id: int, house: House, *, now: datetime = NOON) -> Contract:
    """Click, and have the document printed and sent to its signatory."""
    contract = load_contract(session, contract_id)
    generate_contract(session, contract=contract, actor=house.seller, now=now)
    return printed(session, contract_id, now=now)


def printed(session: Session, contract_id: int, *, now: datetime = NOON) -> Contract:
    """What the job does, in one transaction."""
    printing = prepare_printing(session, contract_id=contract_id, company=COMPANY, now=now)
    assert printing is not None
    content = rendered(printing.paper, layout=printing.layout, now=now)
    issue_contract(session, contract_id=contract_id, printing=printing, content=content, now=now)
    return load_contract(session, contract_id)


def sign(session: Session, contract_id: int, *, now: datetime = NOON) -> Contract:
    """The signatory signed and the file was sealed."""
    contract = load_contract(session, contract_id)
    file = store_file(
        session,
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        kind=FileKind.SIGNED_CONTRACT,
        title=f"Contrato {contract.label} assinado",
        file_name="assinado.pdf",
        media_type="application/pdf",
        content=b"%PDF-1.7 signed",
        actor=None,
        now=now,
    )
    session.execute(
        update(Envelope)
        .where(Envelope.id == contract.envelope_id)
        .values(state=EnvelopeState.SIGNED, agreed_at=now, signed_at=now, signed_file_id=file.id)
    )
    assert contract.envelope_id is not None
    events.publish(
        session, SignatureCompleted(envelope_id=contract.envelope_id, signed_file_id=file.id, at=now)
    )
    what_follows(session)
    return load_contract(session, contract_id)


def pay(session: Session, contract_id: int, *, now: datetime = NOON, key: str = "") -> Contract:
    """The first invoice is paid, by a boleto unless `key` ("pix:7") says otherwise."""
    invoice = find_first_invoice(session, contract_id)
    assert invoice is not None
    source, external_id = (key or f"boleto:{contract_id}").split(":")
    receive_payment(
        session,
        source=source,
        external_id=external_id,
        invoice_id=invoice.id,
        amount_cents=invoice.amount_cents,
        currency="BRL",
        paid_at=now,
        payer=Payer(),
        facts={},
        now=now,
    )
    what_follows(session)
    return load_contract(session, contract_id)
