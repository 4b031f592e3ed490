"""Who owes an invoice, whom it is sent to, and the link it is paid by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.customers.queries.reading import recipient_of
from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.queries.plain import PlainInvoice
from portal.invoices.queries.reading import with_seller
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.partners import list_active_admins
from portal.shared import tokens
from portal.shared.environment import environment
from portal.shared.payment_methods import Way
from portal.shared.tokens import LinkToken, Purpose
from portal.shared.whatsapp import Person
from portal.subscriptions.rules import BilledTo


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePayer:
    """Who owes an invoice. `customer_id` is None when the partner itself does.

    Cards, charges, boletos, proofs, payments and credit of the invoice are this payer's.
    """

    billed_to: BilledTo
    partner_id: int
    customer_id: int | None
    name: str
    document: str

    @property
    def is_partner(self) -> bool:
        """Whether the partner owes it, for a customer it bills itself."""
        return self.billed_to is BilledTo.PARTNER


def payer_of(invoice: Invoice | PlainInvoice) -> InvoicePayer:
    """Who owes an invoice; never to be read from its contract, whose customer may owe nothing."""
    return InvoicePayer(
        billed_to=invoice.billed_to,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id if invoice.billed_to is BilledTo.CUSTOMER else None,
        name=invoice.payer_name,
        document=invoice.payer_document,
    )


def list_recipients(session: Session, invoice: Invoice) -> Sequence[Recipient]:
    """Who gets mail about a loaded invoice: the signatory, else the customer; of a partner's, its admins."""
    if not payer_of(invoice).is_partner:
        recipient = recipient_of(invoice.customer)
        return [recipient] if recipient else []
    admins = list_active_admins(session, invoice.partner_id)
    partner = invoice.customer.partner
    itself = [Recipient(partner.email, partner.trade_name)] if partner.email else []
    return [Recipient(admin.email, admin.name) for admin in admins] or itself


def recipients_of_chunk(session: Session, chunk_id: int) -> Mapping[Invoice, Sequence[Recipient]]:
    """Who gets mail about each open invoice of a billing chunk that is paid by hand; a card is charged."""
    return recipients_where(session, Invoice.chunk_id == chunk_id, Invoice.payment_method != Way.CARD)


def recipients_where(
    session: Session, *conditions: ColumnElement[bool]
) -> Mapping[Invoice, Sequence[Recipient]]:
    """Who gets mail about each open invoice that meets conditions."""
    customer = joinedload(Invoice.customer)
    invoices = session.scalars(
        select(Invoice)
        .options(
            customer.joinedload(Customer.partner), customer.joinedload(Customer.signatory), with_seller()
        )
        .where(Invoice.state == InvoiceState.OPEN, *conditions)
        .order_by(Invoice.id)
    ).all()
    of_partner: dict[int, Sequence[Recipient]] = {}
    for invoice in invoices:
        if payer_of(invoice).is_partner and invoice.partner_id not in of_partner:
            of_partner[invoice.partner_id] = list_recipients(session, invoice)
    return {
        invoice: of_partner[invoice.partner_id]
        if payer_of(invoice).is_partner
        else list_recipients(session, invoice)
        for invoice in invoices
    }


def helper_of(invoice: Invoice) -> Recipient:
    """Who helps the payer of a loaded invoice: the partner that sold; the vendor when that partner pays."""
    partner = invoice.customer.partner
    if payer_of(invoice).is_partner:
        company = environment().company
        return Recipient(company.email, company.name)
    return Recipient(partner.email, partner.trade_name)


def seller_of(invoice: Invoice) -> Recipient:
    """Who answers the payer of a loaded invoice: who sold to it, while still there, else as `helper_of`."""
    owner = invoice.contract.quote.owner
    if payer_of(invoice).is_partner or owner.disabled_at is not None:
        return helper_of(invoice)
    return Recipient(owner.email, owner.name)


def known_sender(invoice: Invoice) -> str:
    """In whose name a loaded invoice is mailed: the partner's, whom its customer knows.

    "" where the partner owes it: to the partner the vendor writes itself.
    """
    return "" if payer_of(invoice).is_partner else invoice.customer.partner.trade_name


def people_of(invoice: Invoice) -> Sequence[Person]:
    """Who of a loaded invoice can be written to by WhatsApp; a partner's is nothing for the customer."""
    return () if invoice.billed_to is BilledTo.PARTNER else invoice.customer.people


def find_payment_link(session: Session, invoice: Invoice) -> LinkToken | None:
    """The link by which an invoice is paid, as it was given out last."""
    return tokens.find_shared(session, purpose=Purpose.INVOICE, subject_id=invoice.id)
