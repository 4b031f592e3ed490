"""People of WhatsApp: known by number or by WhatsApp's own id, and what a customer wants."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.queueing import insert_once
from portal.whatsapp.models import WhatsAppChoice, WhatsAppContact, WhatsAppMessage, WhatsAppReceived
from portal.whatsapp.queries.reaching import reach_of

ERASED = "(apagado a pedido do cliente)"


def know_contact(session: Session, *, phone: str | None, user_id: str | None) -> WhatsAppContact:
    """The person of a number, of an id, or of both, which are then known to be one; made when nobody knew.

    A number that comes with another id than before keeps its opt-out: nobody knows that its owner changed.
    """
    if not phone and not user_id:
        raise ValueError("somebody without number and id")
    by_phone = _find(session, "phone", phone) if phone else None
    by_id = _find(session, "user_id", user_id) if user_id else None
    if by_id is not None and by_phone is None and phone and by_id.phone is not None:
        by_phone = know_contact(session, phone=phone, user_id=None)
    if by_phone is not None and by_id is not None and by_phone is not by_id:
        return _unite(session, by_phone, by_id)
    found = by_phone or by_id
    if found is None:
        key = "phone" if phone else "user_id"
        insert_once(session, WhatsAppContact, key=key, values={"phone": phone, "user_id": user_id})
        found = _find(session, key, phone or user_id)
    if found is None:
        raise RuntimeError("a contact that was inserted is not there")
    if phone and found.phone is None:
        found.phone = phone
    if user_id and found.user_id != user_id:
        found.user_id = user_id
    session.flush()
    return found


def _find(session: Session, column: str, value: str | None) -> WhatsAppContact | None:
    found = select(WhatsAppContact).where(WhatsAppContact.__table__.c[column] == value)
    return session.scalar(found.with_for_update().execution_options(populate_existing=True))


def _unite(session: Session, kept: WhatsAppContact, other: WhatsAppContact) -> WhatsAppContact:
    """One person that was known twice: what either refused is refused."""
    if other.phone is not None:  # the id moved to another number
        user_id, other.user_id = other.user_id, None
        session.flush()
        kept.user_id = user_id
        session.flush()
        return kept
    session.execute(
        update(WhatsAppReceived).where(WhatsAppReceived.contact_id == other.id).values(contact_id=kept.id)
    )
    user_id, customer = other.user_id, (other.customer_id, other.partner_id)
    kept.opted_out_at = kept.opted_out_at or other.opted_out_at
    kept.no_offers_at = kept.no_offers_at or other.no_offers_at
    kept.wrote_at = kept.wrote_at or other.wrote_at
    session.delete(other)
    session.flush()
    kept.user_id = user_id
    if kept.customer_id is None:
        kept.customer_id, kept.partner_id = customer
    session.flush()
    return kept


def choose(
    session: Session,
    *,
    customer: Customer,
    wants: bool,
    reason: str,
    actor: Actor | None,
    address: str = "",
    now: datetime,
) -> bool:
    """Keep whether a customer wants messages by WhatsApp; whether that changed anything.

    Chosen by the customer itself (`actor` None, who is at an `address`), a yes counts for its number too.
    """
    audit.lock_stream(session, customer_id=customer.id)
    row = session.scalar(select(WhatsAppChoice).where(WhatsAppChoice.customer_id == customer.id))
    reach = reach_of(session, [customer.id], needs_consent=False)[customer.id]
    is_number_off = wants and actor is None and reach.opted_out_at is not None
    if row is not None and row.wants == wants and not is_number_off:
        return False
    if row is None:
        row = WhatsAppChoice(partner_id=customer.partner_id, customer_id=customer.id)
        session.add(row)
    row.wants, row.reason, row.chosen_at = wants, reason, now
    row.made_by_id = actor.user_id if actor else None
    if is_number_off:
        know_contact(session, phone=reach.phone or None, user_id=reach.user_id or None).opted_out_at = None
    session.flush()
    summary = f"WhatsApp: {'quer' if wants else 'não quer'} receber mensagens"
    audit.record(
        session,
        action="whatsapp_chosen",
        summary=summary,
        subject=row,
        actor=actor,
        actor_label=address,
        reason=reason,
        now=now,
    )
    return True


def forget_texts(session: Session, *, customer_id: int) -> None:
    """Erase what people of a customer wrote to us, and whom we wrote to; that it was written stays."""
    session.execute(
        update(WhatsAppReceived).where(WhatsAppReceived.customer_id == customer_id).values(text=ERASED)
    )
    session.execute(
        update(WhatsAppMessage).where(WhatsAppMessage.customer_id == customer_id).values(to_name="")
    )
