"""Indicações: every referral, and what they brought."""

from collections.abc import Iterator

from flask import Response, request

from portal.referrals.models import Referral
from portal.referrals.queries import listing as queries
from portal.referrals.routes.blueprint import blueprint
from portal.referrals.rules import ReferralState, code_of
from portal.shared import htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_money_input
from portal.shared.db import db
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response

CSV_HEADER = (
    "Cliente novo", "Parceiro", "Código de quem indicou", "Quem indicou", "Registrada em", "Situação",
    "Por quê", "Desconto de cada um", "Resolvida em",
)  # fmt: skip


@blueprint.get("/indicacoes")
@requires(Permission.SEE_CUSTOMERS)
def index() -> Response:
    """Newest first."""
    listing = queries.REFERRAL_LIST.read(request.args)
    return htmx.render(
        "referrals/index.html",
        listing=listing,
        page=queries.list_referrals(db.session, listing, actor=actor()),
        numbers=queries.count_referrals(db.session, actor=actor()),
        states=ReferralState.choices(),
        referrer_of=_referrer_of,
    )


@blueprint.get("/indicacoes.csv")
@requires(Permission.SEE_CUSTOMERS)
def export() -> Response:
    """The same list for a spreadsheet."""
    listing = queries.REFERRAL_LIST.read(request.args)
    found = queries.list_for_export(listing, actor=actor())
    return csv_response("indicacoes.csv", CSV_HEADER, _rows(found, sees=actor().partner_id))


def _referrer_of(referral: Referral) -> str:
    """Who referred by name, for whom that is no other partner's customer."""
    return _name_for(referral, actor().partner_id)


def _name_for(referral: Referral, partner_id: int | None) -> str:
    is_own = partner_id is None or referral.referrer_partner_id == partner_id
    return referral.referrer.display_name if is_own else ""


def _rows(referrals: Iterator[Referral], *, sees: int | None) -> Iterator[tuple[object, ...]]:
    for each in referrals:
        yield (
            each.customer.name,
            each.partner.trade_name,
            code_of(each.referrer_id),
            _name_for(each, sees),
            datetime_br(each.made_at),
            each.state.label,
            each.reason,
            format_money_input(each.amount_cents) if each.amount_cents else "",
            datetime_br(each.settled_at) if each.settled_at else "",
        )
