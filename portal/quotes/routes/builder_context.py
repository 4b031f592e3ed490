"""What a request to the builder is priced with and for: price list, day, partner, customer."""

from portal.catalog import queries as catalog
from portal.customers.queries import reading as customers
from portal.quotes.forms.builder_input import BuilderInput
from portal.quotes.forms.builder_quote import PricedForm, PricingContext
from portal.quotes.models import QuoteVersion
from portal.quotes.queries.deciders import approval_path
from portal.quotes.queries.reading import get_live_version
from portal.quotes.routes.builder_page import FormTarget, covers
from portal.shared import clock
from portal.shared.auth import actor
from portal.shared.db import db
from portal.shared.refusals import Missing


def todays_context(*, afresh: bool = False) -> PricingContext:
    """Today's list; `afresh` asks the database, as whoever stores a price must."""
    if afresh:
        catalog.forget_current_list(db.session)
    current = catalog.current_list(db.session, today=clock.today(), now=clock.now())
    return _context(current.id)


def context_of(version: QuoteVersion) -> PricingContext:
    """The list the quote was made with, or today's once its prices no longer stand."""
    if version.is_expired_on(clock.today()):
        return todays_context(afresh=True)
    return _context(version.price_list_id)


def context_from(typed: BuilderInput) -> PricingContext:
    """What a preview is priced with: a draft's own list as the page says, for a new quote today's.

    Raises:
        Missing: the page names a list of the future, which no quote can have been made with yet.
    """
    if not typed.number("quote_id"):
        return todays_context()
    context = _context(typed.number("price_list_id"))
    if context.price_list.valid_from > clock.today():
        raise Missing
    return context


def target_from(typed: BuilderInput) -> FormTarget:
    """For whom a form quotes. Raises `Missing` for another partner's customer or quote."""
    if quote_id := typed.number("quote_id"):
        version = get_live_version(db.session, quote_id, actor=actor())
        return FormTarget(customer=version.customer, version=version)
    customer = customers.get_customer(db.session, typed.number("customer_id"), actor=actor())
    return FormTarget(customer=customer)


def is_covered(priced: PricedForm) -> bool:
    """Whether an approval the draft already has covers these prices. Asks only when one is needed."""
    quote_id, partner_id = priced.typed.number("quote_id"), actor().partner_id
    if not quote_id or partner_id is None or not priced.breakdown.approval.required:
        return False
    path = approval_path(db.session, partner_id=partner_id, owner_id=actor().user_id, quote_id=quote_id)
    return covers(path, priced)


def _context(price_list_id: int) -> PricingContext:
    person = actor()
    return PricingContext(
        price_list_id=price_list_id,
        price_list=catalog.loaded_list(db.session, price_list_id),
        on=clock.today(),
        arrangement=person.arrangement or "",
        tier=person.tier or "",
    )
