"""What a customer wants to hear of, beyond what contract and law ask for."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.dunning.operations.holds import hold, lift
from portal.dunning.queries.reading import find_hold
from portal.dunning.rules.sending import HoldKind
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import audit
from portal.whatsapp.operations import people
from portal.whatsapp.queries.reaching import reach_of
from portal.whatsapp.rules.reaching import NotReached

REASON = "O cliente escolheu na Central do Assinante."


def wants_reminders(session: Session, customer_id: int) -> bool:
    """Whether the customer is reminded of due dates by mail."""
    return find_hold(session, customer_id, kind=HoldKind.OPT_OUT, invoice_id=None) is None


def wants_whatsapp(session: Session, customer_id: int) -> bool:
    """Whether the customer gets messages by WhatsApp, or would with a mobile in its record."""
    consent = bool(value(session, Name.WHATSAPP_NEEDS_CONSENT))
    why = reach_of(session, [customer_id], needs_consent=consent)[customer_id].why
    return why not in (NotReached.OPTED_OUT, NotReached.NO_CONSENT)


def choose(
    session: Session,
    *,
    customer: Customer,
    reminders: bool,
    whatsapp: bool,
    offers: bool,
    address: str,
    now: datetime,
) -> bool:
    """Keep what somebody of the customer, at an `address`, chose; whether anything changed."""
    audit.lock_stream(session, customer_id=customer.id)
    changed = _choose_reminders(session, customer, reminders, address=address, now=now)
    if wants_whatsapp(session, customer.id) != whatsapp:
        changed |= people.choose(
            session,
            customer=customer,
            wants=whatsapp,
            reason=REASON,
            actor=None,
            address=address,
            now=now,
        )
    if customer.wants_offers != offers:
        customer.wants_offers, changed = offers, True
        summary = f"Ofertas e novidades: {'quer receber' if offers else 'não quer receber'}"
        audit.record(
            session,
            action="offers_chosen",
            summary=summary,
            subject=customer,
            owner=customer,
            actor=None,
            actor_label=address,
            now=now,
        )
    return changed


def _choose_reminders(
    session: Session, customer: Customer, wanted: bool, *, address: str, now: datetime
) -> bool:
    held = find_hold(session, customer.id, kind=HoldKind.OPT_OUT, invoice_id=None)
    if wanted and held is not None:
        lift(session, held.id, customer=customer, actor=None, address=address, now=now)
    elif not wanted and held is None:
        hold(
            session,
            customer=customer,
            kind=HoldKind.OPT_OUT,
            until_on=None,
            reason=REASON,
            actor=None,
            address=address,
            now=now,
        )
    else:
        return False
    return True
