"""The list of contracts, and the same as a file."""

from collections.abc import Iterator

from flask import Response, request

from portal.contracts.models import Contract
from portal.contracts.queries.listing import CONTRACT_LIST, list_contracts, list_for_export
from portal.contracts.routes.blueprint import blueprint, missing_at
from portal.contracts.rules.states import ContractKind, ContractState
from portal.quotes.rules.labels import term_label
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_money_input
from portal.shared.db import db
from portal.shared.lists import csv_response

CSV_HEADER = (
    "Contrato",
    "Tipo",
    "Estado",
    "Falta",
    "Cliente",
    "CNPJ ou CPF",
    "Parceiro",
    "Plano",
    "Prazo",
    "Mensalidade",
    "Gerado em",
    "Assinado em",
    "Ativo desde",
    "Alterado em",
)


@blueprint.get("/contratos")
@requires(Permission.SEE_CONTRACTS)
def index() -> Response:
    """Contracts, what changed last first."""
    listing = CONTRACT_LIST.read(request.args)
    return htmx.render(
        "contracts/index.html",
        listing=listing,
        page=list_contracts(db.session, actor=actor(), request=listing),
        states=ContractState.choices(),
        kinds=ContractKind.choices(),
    )


@blueprint.get("/contratos.csv")
@requires(Permission.SEE_CONTRACTS)
def export() -> Response:
    """The same list, as filtered and sorted, for a spreadsheet."""
    listing = CONTRACT_LIST.read(request.args)
    contracts = list_for_export(actor=actor(), request=listing)
    return csv_response("contratos.csv", CSV_HEADER, _rows(contracts))


def _rows(contracts: Iterator[Contract]) -> Iterator[tuple[object, ...]]:
    for contract in contracts:
        version, customer, missing = contract.version, contract.customer, missing_at(contract)
        yield (
            contract.label,
            contract.kind.label,
            contract.state.label,
            missing.words if missing else "",
            customer.name,
            format_document(customer.document),
            customer.partner.trade_name,
            version.breakdown["lines"][0]["label"],
            term_label(version.term),
            format_money_input(version.negotiated_cents),
            *(
                format_date(clock.day_of(at)) if at else ""
                for at in (contract.generated_at, contract.signed_at)
            ),
            format_date(contract.starts_on) if contract.starts_on else "",
            format_date(clock.day_of(contract.changed_at)),
        )
