"""Who came in, was refused or went, for administrators."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from portal.shared.auth import Permission, requires
from portal.shared.db import db
from portal.shared.filters import datetime_br
from portal.shared.htmx import render
from portal.shared.lists import DAYS, ListRequest, csv_response, paginate, read_all
from portal.users import queries
from portal.users.models import AccessEvent
from portal.users.routes.blueprint import blueprint
from portal.users.rules import AccessKind

SORTS: dict[str, Any] = {"quando": AccessEvent.at}
CSV_HEADER = ("Quando", "Pessoa", "E-mail", "O que houve", "Tela", "Por", "Dispositivo", "Endereço")


@blueprint.get("/acessos")
@requires(Permission.MANAGE_USERS)
def accesses() -> ResponseReturnValue:
    """The list, the newest first."""
    listing = _listing()
    return render(
        "users/accesses.html",
        listing=listing,
        page=paginate(db.session, queries.access_list(listing), listing),
        kinds=AccessKind.choices(),
    )


@blueprint.get("/acessos.csv")
@requires(Permission.MANAGE_USERS)
def access_export() -> ResponseReturnValue:
    """The list as CSV."""
    listing = _listing()
    statement = listing.ordered(queries.access_list(listing))
    return csv_response("acessos.csv", CSV_HEADER, _rows(read_all(statement)))


def _listing() -> ListRequest:
    filters = {"tipo": AccessKind, **DAYS}
    return ListRequest.from_args(request.args, sorts=SORTS, default="-quando", filters=filters)


def _rows(rows: Iterable[Any]) -> Iterable[tuple[object, ...]]:
    for event, name, email, by in rows:
        at = datetime_br(event.at)
        kind = event.kind.label
        yield at, name or "", email or "", kind, event.endpoint, by or "", event.device, event.address
