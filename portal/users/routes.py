"""Pages of the users room."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.shared.auth import public

blueprint = Blueprint("users", __name__)


@blueprint.get("/entrar")
@public
def sign_in() -> ResponseReturnValue:
    return "entrar"


@blueprint.post("/entrar/continuar")
@public
def sign_in_to_resume() -> ResponseReturnValue:
    return "entrar"
