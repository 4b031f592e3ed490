"""Who owes an invoice, whom it is sent to, and the link it is paid by."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, case, select
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract
from portal.customers.models import Customer, Signatory
from portal.customers.queries.reading import recipient_of
from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.queries.plain import PlainInvoice
from portal.invoices.rules.states import InvoiceState
from portal.partners.models import Partner
from portal.partners.queries.partners import list_active_admins, runs
from portal.quotes.models import Quote
from portal.shared import tokens
from portal.shared.environment import environment
from portal.shared.tokens import LinkToken, Purpose
from portal.shared.whatsapp import Person
from portal.subscriptions.rules import BilledTo
from portal.users.models import User

admin = aliased(User, name="admin")


class InvoicePayer(NamedTuple):
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
    """Who gets mail about a loaded invoice: who signs, else the customer; a partner's: its admins or it."""
    if not payer_of(invoice).is_partner:
        recipient = recipient_of(invoice.customer)
        return [recipient] if recipient else []
    partner = invoice.customer.partner
    admins = list_active_admins(session, partner.id)
    itself = [Recipient(partner.email, partner.trade_name)] if partner.email else []
    return [Recipient(admin.email, admin.name) for admin in admins] or itself


def addresses_of(invoice_id: ColumnElement[int], *, vendor_address: ColumnElement[str]) -> FromClause:
    """Whom an invoice of another row of the statement is mailed to while it is open, each by a row.

    What `list_recipients` and `seller_of` say of one: the columns `partner_id`, `to_address`, `to_name` and
    `reply_to`. No row where nobody has an address, one for each admin where the partner owes it.
    """
    owes_itself = Invoice.billed_to == BilledTo.PARTNER
    to_admin, signs = and_(owes_itself, admin.id.is_not(None)), Signatory.email != ""
    to_address = case(
        (to_admin, admin.email),
        (owes_itself, Partner.email),
        (signs, Signatory.email),
        else_=Customer.email,
    )
    to_name = case(
        (to_admin, admin.name),
        (owes_itself, Partner.trade_name),
        (signs, Signatory.name),
        else_=Customer.display_name,
    )
    reply_to = case(
        (owes_itself, vendor_address),
        (User.disabled_at.is_not(None), Partner.email),
        else_=User.email,
    )
    each = (
        select(
            Invoice.partner_id,
            to_address.label("to_address"),
            to_name.label("to_name"),
            reply_to.label("reply_to"),
        )
        .join(Customer, Customer.id == Invoice.customer_id)
        .outerjoin(Signatory, Signatory.customer_id == Customer.id)
        .join(Partner, Partner.id == Invoice.partner_id)
        .join(Contract, Contract.id == Invoice.contract_id)
        .join(Quote, Quote.id == Contract.quote_id)
        .join(User, User.id == Quote.owner_id)
        .outerjoin(admin, and_(owes_itself, runs(admin, Invoice.partner_id)))
        .where(Invoice.id == invoice_id, Invoice.state == InvoiceState.OPEN, to_address != "")
    )
    # Looked up row by row: as a join, a chunk that no statistics know of yet is taken for one row.
    return each.offset(0).lateral("mail")


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
