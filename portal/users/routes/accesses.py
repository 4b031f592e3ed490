"""Who came in, was refused or went, for administrators."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from portal.shared.auth import Permission, requires
from portal.shared.db import db
from portal.shared.filters import datetime_br
from portal.shared.htmx import render
from portal.shared.lists import csv_response, paginate, read_all
from portal.users import queries
from portal.users.routes.blueprint import blueprint
from portal.users.rules import AccessKind

CSV_HEADER = ("Quando", "Pessoa", "E-mail", "O que houve", "Tela", "Por", "Dispositivo", "Endereço")


@blueprint.get("/acessos")
@requires(Permission.MANAGE_USERS)
def accesses() -> ResponseReturnValue:
    """The list, the newest first."""
    listing = queries.ACCESS_LIST.read(request.args)
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
    listing = queries.ACCESS_LIST.read(request.args)
    statement = listing.ordered(queries.access_list(listing))
    return csv_response("acessos.csv", CSV_HEADER, _rows(read_all(statement)))


def _rows(rows: Iterable[Any]) -> Iterable[tuple[object, ...]]:
    for event, name, email, by in rows:
        at = datetime_br(event.at)
        kind = event.kind.label
        yield at, name or "", email or "", kind, event.endpoint, by or "", event.device, event.address
