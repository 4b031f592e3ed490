"""Whom an invoice is sent to, and the link it is paid by."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.rules import BilledTo
from portal.partners.queries import list_active_admins
from portal.shared import tokens
from portal.shared.tokens import LinkToken, Purpose
from portal.shared.whatsapp import Person


class Recipient(NamedTuple):
    """Somebody an invoice is mailed to."""

    address: str
    name: str


def list_recipients(session: Session, invoice: Invoice) -> Sequence[Recipient]:
    """Who gets a loaded invoice: the signatory, else the customer; a partner's invoice goes to its admins."""
    customer = invoice.customer
    if invoice.billed_to is BilledTo.PARTNER:
        admins = list_active_admins(session, invoice.partner_id)
        people = [Recipient(admin.email, admin.name) for admin in admins]
        return people or _if_reachable(customer.partner.email, customer.partner.trade_name)
    if customer.signatory is not None:
        return [Recipient(customer.signatory.email, customer.signatory.name)]
    return _if_reachable(customer.email, customer.trade_name or customer.name)


def people_of(invoice: Invoice) -> Sequence[Person]:
    """Who of a loaded invoice can be written to by WhatsApp; a partner's is nothing for the customer."""
    return () if invoice.billed_to is BilledTo.PARTNER else invoice.customer.people


def find_payment_link(session: Session, invoice: Invoice) -> LinkToken | None:
    """The link by which an invoice is paid, as it was given out last."""
    return tokens.find_given_out(session, purpose=Purpose.INVOICE, subject_id=invoice.id)


def _if_reachable(address: str, name: str) -> Sequence[Recipient]:
    return [Recipient(address, name)] if address else []
