"""All people who sign in, for the vendor's administrators."""

from flask.typing import ResponseReturnValue

from portal.partners.routes import person_pages as pages
from portal.partners.routes.blueprint import blueprint
from portal.partners.routes.person_pages import PEOPLE
from portal.shared.auth import Permission, requires


@blueprint.get("/usuarios")
@requires(Permission.MANAGE_USERS)
def people() -> ResponseReturnValue:
    """The list."""
    return pages.index(PEOPLE)


@blueprint.get("/usuarios.csv")
@requires(Permission.MANAGE_USERS)
def person_export() -> ResponseReturnValue:
    """The list as CSV."""
    return pages.export(PEOPLE)


@blueprint.get("/usuarios/convidar")
@requires(Permission.MANAGE_USERS)
def person_invitation() -> ResponseReturnValue:
    """Whom to invite."""
    return pages.invitation(PEOPLE)


@blueprint.post("/usuarios/convidar")
@requires(Permission.MANAGE_USERS, confirmed=True)
def person_invite() -> ResponseReturnValue:
    """Send an invitation."""
    return pages.invite(PEOPLE)


@blueprint.get("/usuarios/<int:user_id>")
@requires(Permission.MANAGE_USERS)
def person_show(user_id: int) -> ResponseReturnValue:
    """One person."""
    return pages.person(PEOPLE, user_id)


@blueprint.post("/usuarios/<int:user_id>")
@requires(Permission.MANAGE_USERS, confirmed=True)
def person_save(user_id: int) -> ResponseReturnValue:
    """Save name and role."""
    return pages.save(PEOPLE, user_id)


@blueprint.post("/usuarios/<int:user_id>/desativar")
@requires(Permission.MANAGE_USERS, confirmed=True)
def person_disable(user_id: int) -> ResponseReturnValue:
    """Take the access away."""
    return pages.disable(PEOPLE, user_id)


@blueprint.post("/usuarios/<int:user_id>/reativar")
@requires(Permission.MANAGE_USERS, confirmed=True)
def person_enable(user_id: int) -> ResponseReturnValue:
    """Give the access back."""
    return pages.enable(PEOPLE, user_id)


@blueprint.post("/usuarios/<int:user_id>/convite")
@requires(Permission.MANAGE_USERS, confirmed=True)
def person_resend(user_id: int) -> ResponseReturnValue:
    """Send the invitation again."""
    return pages.resend(PEOPLE, user_id)


@blueprint.post("/usuarios/<int:user_id>/sair")
@requires(Permission.MANAGE_USERS, confirmed=True)
def person_sign_out(user_id: int) -> ResponseReturnValue:
    """Sign the person out everywhere."""
    return pages.sign_out(PEOPLE, user_id)


@blueprint.post("/usuarios/<int:user_id>/segunda-etapa/retirar")
@requires(Permission.MANAGE_USERS, confirmed=True)
def person_reset_factors(user_id: int) -> ResponseReturnValue:
    """Take a lost second factor away."""
    return pages.reset_factors(PEOPLE, user_id)
