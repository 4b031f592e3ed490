"""What a request to the builder stands on: price list, day, partner, customer."""

from portal.catalog import queries as catalog
from portal.customers.queries import reading as customers
from portal.quotes.forms.reading import Ground, Reading
from portal.quotes.forms.typed import TypedQuote
from portal.quotes.models import QuoteVersion
from portal.quotes.queries.deciders import approval_path
from portal.quotes.queries.reading import get_live_version
from portal.quotes.routes.builder_page import Subject, covers
from portal.shared import clock
from portal.shared.auth import actor
from portal.shared.db import db
from portal.shared.refusals import Missing


def todays_ground(*, afresh: bool = False) -> Ground:
    """Today's list; `afresh` asks the database, as whoever stores a price must."""
    if afresh:
        catalog.forget_current_list(db.session)
    current = catalog.current_list(db.session, today=clock.today(), now=clock.now())
    return _ground(current.id)


def ground_of(version: QuoteVersion) -> Ground:
    """The list the quote was made with, or today's once its prices no longer stand."""
    if version.is_expired_on(clock.today()):
        return todays_ground(afresh=True)
    return _ground(version.price_list_id)


def ground_typed(typed: TypedQuote) -> Ground:
    """What a preview stands on: a draft's own list as the page says, for a new quote today's.

    Raises:
        Missing: the page names a list of the future, which no quote can have been made with yet.
    """
    if not typed.number("quote_id"):
        return todays_ground()
    ground = _ground(typed.number("price_list_id"))
    if ground.price_list.valid_from > clock.today():
        raise Missing
    return ground


def subject_typed(typed: TypedQuote) -> Subject:
    """For whom a form quotes. Raises `Missing` for another partner's customer or quote."""
    if quote_id := typed.number("quote_id"):
        version = get_live_version(db.session, quote_id, actor=actor())
        return Subject(customer=version.customer, version=version)
    customer = customers.get_customer(db.session, typed.number("customer_id"), actor=actor())
    return Subject(customer=customer)


def is_covered(reading: Reading) -> bool:
    """Whether an approval the draft already has covers these prices. Asks only when one is needed."""
    quote_id, partner_id = reading.typed.number("quote_id"), actor().partner_id
    if not quote_id or partner_id is None or not reading.breakdown.approval.required:
        return False
    path = approval_path(db.session, partner_id=partner_id, owner_id=actor().user_id, quote_id=quote_id)
    return covers(path, reading)


def _ground(price_list_id: int) -> Ground:
    person = actor()
    return Ground(
        price_list_id=price_list_id,
        price_list=catalog.loaded_list(db.session, price_list_id),
        on=clock.today(),
        arrangement=person.arrangement or "",
        tier=person.tier or "",
    )
