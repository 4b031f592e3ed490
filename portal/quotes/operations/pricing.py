"""The only place of this room that asks the calculator for a price to be kept."""

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from calculator import (
    DUE_DAY,
    ENGINE_VERSION,
    Breakdown,
    PriceList,
    Selection,
    SelectionRefused,
    breakdown_to_json,
    parse_selection,
    price_quote,
    selection_to_json,
)
from portal.catalog import queries as catalog
from portal.catalog.rules import FirstPeriodPolicy, ServiceKind
from portal.partners.models import Partner
from portal.quotes.models import QuoteVersion
from portal.quotes.queries.deals import agreed_deals, deal_of
from portal.quotes.rules.deals import price_still_approved
from portal.quotes.rules.refusals import NoLongerFits, SelectionRejected
from portal.shared.refusals import Missing


def price(selection: Selection, price_list: PriceList) -> Breakdown:
    """Every figure of the selection.

    Raises:
        SelectionRejected: the calculator refuses it; at the field, with its code.
    """
    try:
        return price_quote(selection, price_list)
    except SelectionRefused as refused:
        raise SelectionRejected(refused) from refused


def todays_list_id(session: Session, today: date) -> int:
    """The list in force today. Raises `Missing` when there is none."""
    published = catalog.price_list_on(session, today)
    if published is None:
        raise Missing("Nenhuma tabela de preços está em vigor. Peça ao administrador que publique uma.")
    return published.id


def for_partner(selection: Selection, partner: Partner, *, today: date) -> Selection:
    """The selection as this partner may make it: its own tier and arrangement, not activated in the past."""
    return replace(selection, tier=partner.tier, arrangement=partner.arrangement, on=max(selection.on, today))


def selection_of(version: QuoteVersion) -> Selection:
    """What was selected in a version."""
    return parse_selection(version.selection)


def reprice(
    session: Session,
    version: QuoteVersion,
    *,
    selection: Selection,
    price_list_id: int,
    partner: Partner,
    today: date,
) -> None:
    """Price the selection with this list and put every figure into the version, still a draft.

    An approval of an earlier version of the quote is carried over when it covers the new figures.

    Raises:
        SelectionRejected: see `price`.
    """
    selection = for_partner(selection, partner, today=today)
    price_list = catalog.loaded_list(session, price_list_id)
    breakdown = price(selection, price_list)
    apply_breakdown(
        version,
        selection,
        breakdown,
        price_list_id=price_list_id,
        first_period=catalog.first_period_of(session, selection.plan),
        service_kind=ServiceKind(price_list.plans[selection.plan].kind),
    )
    carry_approval(session, version, breakdown)


def reprice_older(
    session: Session,
    version: QuoteVersion,
    *,
    selection: Selection,
    price_list_id: int,
    partner: Partner,
    today: date,
) -> None:
    """Like `reprice`, for a selection made earlier, perhaps under another list.

    Raises:
        NoLongerFits: naming what no longer does.
    """
    try:
        reprice(
            session,
            version,
            selection=selection,
            price_list_id=price_list_id,
            partner=partner,
            today=today,
        )
    except SelectionRejected as rejected:
        raise NoLongerFits(rejected) from rejected


def apply_breakdown(
    version: QuoteVersion,
    selection: Selection,
    breakdown: Breakdown,
    *,
    price_list_id: int,
    first_period: FirstPeriodPolicy,
    service_kind: ServiceKind,
) -> None:
    """Copy selection, figures and how its months are billed into the version (invariant M7)."""
    monthly, setup = breakdown.monthly, breakdown.setup
    version.price_list_id = price_list_id
    version.engine_version = ENGINE_VERSION
    version.selection = selection_to_json(selection)
    version.breakdown = breakdown_to_json(breakdown)
    version.plan = selection.plan
    version.term = selection.term
    version.months = breakdown.term.months
    version.arrangement = selection.arrangement
    version.tier = selection.tier
    version.payment_method = selection.payment_method
    version.installments = selection.installments
    version.first_period, version.due_day, version.service_kind = first_period, DUE_DAY, service_kind
    version.original_cents = monthly.original_cents
    version.minimum_cents = monthly.minimum_cents
    version.negotiated_cents = monthly.negotiated_cents
    version.discount_basis_points = monthly.discount_basis_points
    version.cost_cents = monthly.cost_cents
    version.repasse_cents = monthly.repasse_cents
    version.free_down_to_cents = breakdown.approval.free_down_to_cents
    version.approval_required = breakdown.approval.required
    version.setup_cents = setup.negotiated_cents if setup else None
    version.setup_minimum_cents = setup.minimum_cents if setup else None
    version.setup_free_down_to_cents = setup.free_down_to_cents if setup else None


def carry_approval(session: Session, version: QuoteVersion, breakdown: Breakdown) -> None:
    """Give the version the approved price of an earlier one that still covers it, or none."""
    approved = None
    if version.approval_required and version.quote_id is not None:
        deal = deal_of(breakdown, price_list_id=version.price_list_id, arrangement=version.arrangement)
        approved = price_still_approved(agreed_deals(session, version.quote_id), deal)
    version.approval_id = approved.approval_id if approved else None
    version.approved_cents = approved.monthly_cents if approved else None
    version.approved_setup_cents = approved.setup_cents if approved else None
