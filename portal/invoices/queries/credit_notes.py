"""Reads of credit notes, and what must be true of them."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, exists, func, not_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.invoices.models import CreditNote, Invoice, InvoiceSeries
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.refusals import Missing

SERIES = "credit_notes"


def list_notes(session: Session, invoice: Invoice) -> Sequence[CreditNote]:
    """The credit notes of an invoice, with who issued them, in order."""
    return session.scalars(
        select(CreditNote)
        .where(CreditNote.invoice_id == invoice.id)
        .options(joinedload(CreditNote.issued_by))
        .order_by(CreditNote.number)
    ).all()


def credited_cents(session: Session, invoice_id: int) -> int:
    """How much of an invoice was taken back, in centavos."""
    total = select(func.sum(CreditNote.amount_cents)).where(CreditNote.invoice_id == invoice_id)
    return int(session.scalar(total) or 0)


def get_note(session: Session, note_id: int, *, actor: Actor) -> CreditNote:
    """A credit note with its invoice, that one's lines, contract, customer and partner.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    invoice = joinedload(CreditNote.invoice)
    found = session.scalar(
        select(CreditNote)
        .where(CreditNote.id == note_id, visible_to(actor, CreditNote.partner_id))
        .options(
            joinedload(CreditNote.issued_by),
            invoice.joinedload(Invoice.contract),
            invoice.joinedload(Invoice.customer).joinedload(Customer.partner),
        )
    )
    if found is None:
        raise Missing("Não encontramos esta nota de crédito.")
    return found


def find_missing_note_numbers(session: Session) -> Sequence[int]:
    """Numbers of the notes' series that no note bears (invariant M12)."""
    given = select(InvoiceSeries.last_number).where(InvoiceSeries.name == SERIES)
    last = session.scalar(given) or 0
    number = func.generate_series(1, last, type_=BigInteger).column_valued("given")
    is_borne = exists().where(CreditNote.number == number)
    return session.scalars(select(number).where(not_(is_borne)).order_by(number)).all()


def find_uncredited_months(session: Session) -> Sequence[int]:
    """Paid invoices for time after the end of their contract without exactly one credit note (M10).

    Where another contract goes on with the paid time, as an amendment does, nothing is owed back.
    """
    follower = aliased(Contract)
    notes = (
        select(func.count()).where(CreditNote.invoice_id == Invoice.id).correlate(Invoice).scalar_subquery()
    )
    is_followed = exists().where(follower.base_contract_id == Contract.id, follower.activated_at.is_not(None))
    return session.scalars(
        select(Invoice.id)
        .join(Contract, Contract.id == Invoice.contract_id)
        .where(
            Contract.state == ContractState.ENDED,
            Invoice.state == InvoiceState.PAID,
            Invoice.period_from > Contract.ends_on,
            ~is_followed,
            notes != 1,
        )
        .order_by(Invoice.id)
    ).all()
