"""The own team, for the managers of a reseller."""

from flask.typing import ResponseReturnValue

from portal.partners.routes import person_pages as pages
from portal.partners.routes.blueprint import blueprint
from portal.partners.routes.person_pages import TEAM
from portal.shared.auth import Permission, requires


@blueprint.get("/equipe")
@requires(Permission.MANAGE_TEAM)
def team() -> ResponseReturnValue:
    """The list."""
    return pages.index(TEAM)


@blueprint.get("/equipe.csv")
@requires(Permission.MANAGE_TEAM)
def member_export() -> ResponseReturnValue:
    """The list as CSV."""
    return pages.export(TEAM)


@blueprint.get("/equipe/convidar")
@requires(Permission.MANAGE_TEAM)
def member_invitation() -> ResponseReturnValue:
    """Whom to invite."""
    return pages.invitation(TEAM)


@blueprint.post("/equipe/convidar")
@requires(Permission.MANAGE_TEAM, confirmed=True)
def member_invite() -> ResponseReturnValue:
    """Send an invitation."""
    return pages.invite(TEAM)


@blueprint.get("/equipe/<int:user_id>")
@requires(Permission.MANAGE_TEAM)
def member_show(user_id: int) -> ResponseReturnValue:
    """One person."""
    return pages.person(TEAM, user_id)


@blueprint.post("/equipe/<int:user_id>")
@requires(Permission.MANAGE_TEAM, confirmed=True)
def member_save(user_id: int) -> ResponseReturnValue:
    """Save name and role."""
    return pages.save(TEAM, user_id)


@blueprint.post("/equipe/<int:user_id>/desativar")
@requires(Permission.MANAGE_TEAM, confirmed=True)
def member_disable(user_id: int) -> ResponseReturnValue:
    """Take the access away."""
    return pages.disable(TEAM, user_id)


@blueprint.post("/equipe/<int:user_id>/reativar")
@requires(Permission.MANAGE_TEAM, confirmed=True)
def member_enable(user_id: int) -> ResponseReturnValue:
    """Give the access back."""
    return pages.enable(TEAM, user_id)


@blueprint.post("/equipe/<int:user_id>/convite")
@requires(Permission.MANAGE_TEAM, confirmed=True)
def member_resend(user_id: int) -> ResponseReturnValue:
    """Send the invitation again."""
    return pages.resend(TEAM, user_id)


@blueprint.post("/equipe/<int:user_id>/sair")
@requires(Permission.MANAGE_TEAM, confirmed=True)
def member_sign_out(user_id: int) -> ResponseReturnValue:
    """Sign the person out everywhere."""
    return pages.sign_out(TEAM, user_id)


@blueprint.post("/equipe/<int:user_id>/segunda-etapa/retirar")
@requires(Permission.MANAGE_TEAM, confirmed=True)
def member_reset_factors(user_id: int) -> ResponseReturnValue:
    """Take a lost second factor away."""
    return pages.reset_factors(TEAM, user_id)
