"""Who owes an invoice, whom it is sent to, and the link it is paid by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.customers.models import Customer, Signatory
from portal.customers.queries.reading import recipient_of
from portal.customers.rules import Recipient, first_reachable
from portal.invoices.models import Invoice
from portal.invoices.queries.plain import PlainInvoice
from portal.invoices.rules.states import InvoiceState
from portal.partners.models import Partner
from portal.partners.queries.partners import list_active_admins
from portal.quotes.models import Quote
from portal.shared import tokens
from portal.shared.environment import environment
from portal.shared.payment_methods import Way
from portal.shared.tokens import LinkToken, Purpose
from portal.shared.whatsapp import Person
from portal.subscriptions.rules import BilledTo
from portal.users.models import User


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
    partner = invoice.customer.partner
    return recipients_of_partner(session, partner.id, Recipient(partner.email, partner.trade_name))


def recipients_of_partner(session: Session, partner_id: int, itself: Recipient) -> Sequence[Recipient]:
    """Who gets mail about what a partner owes: its admins, without any the partner itself."""
    admins = list_active_admins(session, partner_id)
    return [Recipient(admin.email, admin.name) for admin in admins] or ([itself] if itself.address else [])


class Addressed(NamedTuple):
    """A mail about an invoice: to whom it goes, and the address that answers."""

    invoice_id: int
    partner_id: int
    to: Recipient
    reply_to: str


def addressed_of_chunk(session: Session, chunk_id: int) -> list[Addressed]:
    """The mails about the open invoices of a billing chunk that are paid by hand; a card is charged."""
    return addressed_where(session, Invoice.chunk_id == chunk_id, Invoice.payment_method != Way.CARD)


def addressed_where(session: Session, *conditions: ColumnElement[bool]) -> list[Addressed]:
    """The mails about open invoices that meet conditions: what `list_recipients` and `seller_of` say of each.

    However many there are, one statement; one more for each partner that owes any.
    """
    rows = session.execute(_addresses.where(*conditions)).all()
    company = environment().company.email
    of_partner: dict[int, Sequence[Recipient]] = {}
    for row in rows:
        if row.billed_to is BilledTo.PARTNER and row.partner_id not in of_partner:
            itself = Recipient(row.partner_email, row.trade_name)
            of_partner[row.partner_id] = recipients_of_partner(session, row.partner_id, itself)
    addressed = []
    for row in rows:
        if row.billed_to is BilledTo.PARTNER:
            people, reply_to = of_partner[row.partner_id], company
        else:
            signatory = Recipient(row.signatory or "", row.signatory_name or "")
            found = first_reachable(signatory, Recipient(row.email, row.display_name))
            people = [found] if found else []
            reply_to = row.partner_email if row.seller_left_at else row.seller
        addressed += [Addressed(row.id, row.partner_id, to, reply_to) for to in people]
    return addressed


_addresses = (
    select(
        Invoice.id,
        Invoice.partner_id,
        Invoice.billed_to,
        Signatory.email.label("signatory"),
        Signatory.name.label("signatory_name"),
        Customer.email,
        Customer.display_name,
        Partner.email.label("partner_email"),
        Partner.trade_name,
        User.email.label("seller"),
        User.disabled_at.label("seller_left_at"),
    )
    .join(Customer, Customer.id == Invoice.customer_id)
    .outerjoin(Signatory, Signatory.customer_id == Customer.id)
    .join(Partner, Partner.id == Invoice.partner_id)
    .join(Contract, Contract.id == Invoice.contract_id)
    .join(Quote, Quote.id == Contract.quote_id)
    .join(User, User.id == Quote.owner_id)
    .where(Invoice.state == InvoiceState.OPEN)
    .order_by(Invoice.id)
)


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
