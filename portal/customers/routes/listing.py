"""The list of customers and its export."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.catalog.queries import plans_on_sale
from portal.catalog.rules import ServiceState
from portal.customers.queries import reading as queries
from portal.customers.queries.reading import CustomerEntry, StandingSource
from portal.customers.routes.blueprint import blueprint
from portal.customers.rules import KIND_LABELS, STATES, CustomerSituation
from portal.partners.queries.searching import list_partners_to_choose
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import (
    format_date,
    format_document,
    format_money_input,
    format_phone,
    format_postal_code,
)
from portal.shared.db import db
from portal.shared.lists import ListRequest, csv_response

EXPORT_HEADER = (
    "Parceiro",
    "CNPJ ou CPF",
    "Razão social ou nome",
    "Nome fantasia",
    "E-mail",
    "Telefone",
    "CEP",
    "Rua ou avenida",
    "Número",
    "Complemento",
    "Bairro",
    "Cidade",
    "UF",
    "Cadastrado em",
    "Situação",
    "Pagamento",
    "Plano",
    "Liberado até",
)
MONEY_HEADER = ("Mensalidade paga pelo Hiperador", "Repasse")


@blueprint.get("/clientes")
@requires(Permission.SEE_CUSTOMERS)
def index() -> ResponseReturnValue:
    """The customers this person may see."""
    standings = queries.standings_on(db.session, clock.today())
    listing = _listing(standings)
    return htmx.render(
        "customers/index.html",
        listing=listing,
        page=queries.list_customers(db.session, actor(), listing, standings),
        partners=list_partners_to_choose(db.session, actor()),
        plans=plans_on_sale(db.session, today=clock.today(), now=clock.now()),
        situations=CustomerSituation.choices(),
        payments=ServiceState.choices(),
        states=[(state, state) for state in STATES],
        kinds=KIND_LABELS,
    )


@blueprint.get("/clientes/exportar.csv")
@requires(Permission.SEE_CUSTOMERS)
def export() -> ResponseReturnValue:
    """The same list, whole, as CSV."""
    standings = queries.standings_on(db.session, clock.today())
    listing = _listing(standings)
    sees_money = actor().can(Permission.SEE_REPASSE)
    entries = queries.list_for_export(actor(), listing, standings)
    header = EXPORT_HEADER + (MONEY_HEADER if sees_money else ())
    return csv_response("clientes.csv", header, (_row(entry, with_money=sees_money) for entry in entries))


def _listing(standings: StandingSource) -> ListRequest:
    return queries.customer_list(standings, actor()).read(request.args)


def _row(entry: CustomerEntry, *, with_money: bool) -> tuple[str, ...]:
    customer, standing = entry.customer, entry.standing
    amounts = (standing.cost_cents, standing.repasse_cents) if with_money else ()
    return (
        customer.partner.trade_name,
        format_document(customer.document),
        customer.name,
        customer.trade_name,
        customer.email,
        format_phone(customer.phone),
        format_postal_code(customer.postal_code),
        customer.street,
        customer.street_number,
        customer.complement,
        customer.district,
        customer.city,
        customer.state,
        format_date(clock.day_of(customer.created_at)),
        standing.situation.label,
        standing.payment.label,
        " + ".join(standing.plans),
        format_date(standing.released_until) if standing.released_until else "",
        *(format_money_input(cents) if cents is not None else "" for cents in amounts),
    )
