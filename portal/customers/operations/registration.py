"""Registering and changing customers."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from portal.customers import rules
from portal.customers.models import Contact, Customer, Signatory
from portal.customers.queries import reading as queries
from portal.customers.rules import AlreadyRegistered, ChangedMeanwhile, CustomerDetails
from portal.shared import audit
from portal.shared.auth import Actor

REGISTERED, REGISTERED_SUMMARY = "customer_registered", "Cliente cadastrado."


def register_customer(
    session: Session, *, partner_id: int, details: CustomerDetails, actor: Actor | None, now: datetime
) -> Customer:
    """A new customer of a partner.

    Raises:
        AlreadyRegistered: the partner has a customer with this document.
    """
    _refuse_known_document(session, partner_id, details.document)
    customer = build_customer(partner_id=partner_id, details=details, now=now)
    try:
        with session.begin_nested():
            session.add(customer)
    except IntegrityError:
        _refuse_known_document(session, partner_id, details.document)
        raise
    audit.record(
        session,
        action=REGISTERED,
        summary=REGISTERED_SUMMARY,
        subject=customer,
        actor=actor,
        now=now,
    )
    return customer


def change_customer(
    session: Session,
    *,
    customer: Customer,
    lock_version: int,
    details: CustomerDetails,
    actor: Actor | None,
    actor_label: str = "",
    now: datetime,
) -> list[str]:
    """Save an edited customer (see `queries.get_customer`); the names of the fields that changed.

    `actor` is None for somebody of the customer, whom `actor_label` names.

    The log keeps which fields changed, not their values: it can never be erased, personal data
    may have to be.

    Raises:
        ChangedMeanwhile: it is not the version the person opened any more.
        AlreadyRegistered: the partner has another customer with this document.
    """
    if customer.lock_version != lock_version:
        raise ChangedMeanwhile
    changed = rules.differences(queries.details_of(customer), details)
    if not changed:
        return []
    if details.document != customer.document:
        _refuse_known_document(session, customer.partner_id, details.document)
    partner_id = customer.partner_id
    audit.lock_stream(session, customer_id=customer.id)
    try:
        with session.begin_nested():
            _fill(customer, details)
            flag_modified(customer, "name")  # a changed contact is a new version of the customer too
    except StaleDataError:
        raise ChangedMeanwhile from None
    except IntegrityError:
        _refuse_known_document(session, partner_id, details.document)
        raise
    audit.record(
        session,
        action="customer_changed",
        summary=f"Cadastro alterado: {', '.join(changed)}.",
        subject=customer,
        actor=actor,
        actor_label=actor_label,
        now=now,
    )
    return changed


def build_customer(*, partner_id: int, details: CustomerDetails, now: datetime) -> Customer:
    """A customer that is not stored yet."""
    customer = Customer(partner_id=partner_id, created_at=now, contacts=[], signatory=None)
    _fill(customer, details)
    return customer


def _fill(customer: Customer, details: CustomerDetails) -> None:
    values = asdict(details)
    contacts, signatory = values.pop("contacts"), values.pop("signatory")
    for name, value in values.items():
        setattr(customer, name, value)
    customer.search_text = rules.search_text(details)
    partner_id = customer.partner_id
    for place, contact in enumerate(contacts):
        if place == len(customer.contacts):
            customer.contacts.append(Contact(partner_id=partner_id))
        _set(customer.contacts[place], contact)
    del customer.contacts[len(contacts) :]
    if signatory is None:
        customer.signatory = None
    else:
        customer.signatory = customer.signatory or Signatory(partner_id=partner_id)
        _set(customer.signatory, signatory)


def _set(row: Contact | Signatory, values: dict[str, str]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _refuse_known_document(session: Session, partner_id: int, document: str) -> None:
    known = queries.find_by_document(session, partner_id=partner_id, document=document)
    if known is not None:
        raise AlreadyRegistered(document=document, customer_id=known.id, name=known.name)
