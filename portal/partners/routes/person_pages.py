"""The pages about people, as the vendor (all people) and a team's manager (the own ones) share them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, request, url_for

from portal.partners import rules
from portal.partners.forms import TEAM_ROLES, VENDOR_ROLES, InvitationForm, InvitedPersonForm, PersonForm
from portal.partners.operations.people import (
    change_person,
    disable_person,
    enable_person,
    invite_person,
    resend_invitation,
)
from portal.partners.queries.partners import list_partner_names
from portal.partners.queries.people import get_person, list_people, people_list, people_spec
from portal.partners.queries.searching import ACTIVE, DISABLED, INVITED, list_partners_to_choose
from portal.shared import clock
from portal.shared.auth import Role, actor
from portal.shared.db import as_key, db
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.lists import ListRequest, csv_response, read_all
from portal.shared.refusals import Missing, Refusal
from portal.users import queries as user_queries
from portal.users.models import User
from portal.users.operations import factors
from portal.users.operations.sessions import sign_out_everywhere
from portal.users.rules import Origin

SITUATIONS = {ACTIVE: "Ativo", INVITED: "Convidado", DISABLED: "Desativado"}
ACCESSES_SHOWN = 10
CSV_HEADER = ("Nome", "E-mail", "Perfil", "Parceiro", "Situação", "Convite")


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two places: its words and the endpoints of its pages."""

    title: str
    index: str
    prefix: str
    roles: tuple[Role, ...]
    asks_partner: bool

    def endpoint(self, page: str) -> str:
        """The endpoint of one of its pages."""
        return f"partners.{self.prefix}_{page}"


PEOPLE = Place("Usuários", "partners.people", "person", tuple(Role), asks_partner=True)
TEAM = Place("Equipe", "partners.team", "member", TEAM_ROLES, asks_partner=False)


def index(place: Place) -> Response:
    """The list."""
    listing = _listing(place)
    return render(
        "partners/people.html",
        place=place,
        listing=listing,
        page=list_people(db.session, actor(), listing),
        situations=SITUATIONS,
        roles=[(role.value, role.label) for role in place.roles],
        partners=list_partners_to_choose(db.session, actor()) if place.asks_partner else [],
    )


def export(place: Place) -> Response:
    """The list as CSV."""
    listing = _listing(place)
    statement = listing.ordered(people_list(actor(), listing))
    return csv_response(f"{place.title.lower()}.csv", CSV_HEADER, _rows(read_all(statement)))


def invitation(place: Place) -> Response:
    """An empty invitation; `?parceiro=` chooses the partner."""
    partner_id = as_key(request.args.get("parceiro")) or None
    role = Role.PARTNER_ADMIN.value if partner_id else None
    return _invitation_page(place, _invitation_form(place, formdata=None, partner_id=partner_id, role=role))


def invite(place: Place) -> Response:
    """Send the invitation."""
    form = _invitation_form(place)
    if not form.validate():
        return _invitation_page(place, form, status=422)
    person = actor()
    try:
        user = invite_person(
            db.session,
            email=form.email.data or "",
            name=form.name.data or "",
            role=Role(form.role.data),
            partner_id=form.partner_id.data if place.asks_partner else person.partner_id,
            actor=person,
            now=clock.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _invitation_page(place, form, status=refusal.status)
    flash(f"Convite enviado para {user.email}.")
    return go_to(url_for(place.index))


def person(place: Place, user_id: int) -> Response:
    """One person, to change or disable."""
    user = get_person(db.session, actor(), user_id)
    return _person_page(place, user, _person_form(user, formdata=None))


def save(place: Place, user_id: int) -> Response:
    """Save name and role."""
    user = get_person(db.session, actor(), user_id, for_update=True)
    form, address = _person_form(user), user.email
    if not form.validate():
        return _person_page(place, user, form, status=422)
    try:
        change_person(
            db.session,
            user=user,
            lock_version=form.lock_version.data or 0,
            name=form.name.data or "",
            role=Role(form.role.data),
            email=form.email.data if isinstance(form, InvitedPersonForm) else None,
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _refused(place, user, form, refusal)
    flash(
        "Salvo."
        if user.email == address
        else f"Convite enviado para {user.email}. O link anterior não vale mais."
    )
    return go_to(url_for(place.index))


def disable(place: Place, user_id: int) -> Response:
    """Take the person's access away."""
    user = get_person(db.session, actor(), user_id, for_update=True)
    try:
        disable_person(db.session, user=user, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _refused(place, user, _person_form(user, formdata=None), refusal)
    flash(f"{user.name} não entra mais no portal.")
    return go_to(url_for(place.index))


def enable(place: Place, user_id: int) -> Response:
    """Give the person access again."""
    user = get_person(db.session, actor(), user_id, for_update=True)
    enable_person(db.session, user=user, actor=actor(), now=clock.now())
    flash(f"{user.name} pode entrar de novo.")
    return go_to(url_for(place.index))


def resend(place: Place, user_id: int) -> Response:
    """Mail the invitation again."""
    user = get_person(db.session, actor(), user_id, for_update=True)
    try:
        resend_invitation(db.session, user=user, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _refused(place, user, _person_form(user, formdata=None), refusal)
    flash(f"Convite enviado de novo para {user.email}. O link anterior não vale mais.")
    return go_to(url_for(place.index))


def sign_out(place: Place, user_id: int) -> Response:
    """Sign the person out on all devices."""
    user = get_person(db.session, actor(), user_id)
    sign_out_everywhere(
        db.session,
        user_id=user.id,
        origin=_origin(),
        by_id=actor().user_id,
        now=clock.now(),
    )
    flash(f"{user.name} saiu de todos os dispositivos.")
    return go_to(url_for(place.endpoint("show"), user_id=user.id))


def reset_factors(place: Place, user_id: int) -> Response:
    """Take the second factor of somebody who lost the device away."""
    user = get_person(db.session, actor(), user_id, for_update=True)
    try:
        factors.reset_factors(db.session, user=user, actor=actor(), origin=_origin(), now=clock.now())
    except Refusal as refusal:
        return _refused(place, user, _person_form(user, formdata=None), refusal)
    flash(f"{user.name} entra só com a senha até adicionar outra segunda etapa.")
    return go_to(url_for(place.endpoint("show"), user_id=user.id))


def _origin() -> Origin:
    return Origin(address=request.remote_addr or "", user_agent=request.user_agent.string)


def _listing(place: Place) -> ListRequest:
    return people_spec(place.roles, of_partners=place.asks_partner).read(request.args)


def _rows(rows: Iterable[Any]) -> Iterable[tuple[object, ...]]:
    for user, partner, _disabled_at in rows:
        situation = SITUATIONS[_situation_of(user)]
        invited_on = clock.day_of(user.invited_at).strftime("%d/%m/%Y")
        yield user.name, user.email, user.role.label, partner or "", situation, invited_on


def _situation_of(user: User) -> str:
    """The person's situation, as in the filter."""
    if user.disabled_at:
        return DISABLED
    return ACTIVE if user.activated_at else INVITED


def _invitation_form(place: Place, **values: Any) -> InvitationForm:
    partners = list_partner_names(db.session) if place.asks_partner else []
    return InvitationForm(
        roles=place.roles, partners=[(row.id, row.trade_name) for row in partners], **values
    )


def _invitation_page(place: Place, form: InvitationForm, *, status: int = 200) -> Response:
    return render("partners/invitation.html", status=status, place=place, form=form)


def _person_form(user: User, **values: Any) -> PersonForm:
    roles = TEAM_ROLES if user.role.of_partner else VENDOR_ROLES
    known = {"lock_version": user.lock_version, "name": user.name, "role": user.role.value}
    if user.activated_at or user.disabled_at:
        return PersonForm(roles=roles, data=known, **values)
    return InvitedPersonForm(roles=roles, data=known | {"email": user.email}, **values)


def _person_page(place: Place, user: User, form: PersonForm, *, status: int = 200) -> Response:
    return render(
        "partners/person.html",
        status=status,
        place=place,
        user=user,
        form=form,
        accesses_shown=user_queries.list_latest_accesses(db.session, user_id=user.id, count=ACCESSES_SHOWN),
        session_count=len(user_queries.list_open_sessions(db.session, user_id=user.id, now=clock.now())),
    )


def _refused(place: Place, user: User, form: PersonForm, refusal: Refusal) -> Response:
    if isinstance(refusal, Missing):
        raise refusal
    show_refusal(form, refusal)
    if isinstance(refusal, rules.SavedMeanwhile):
        form.lock_version.raw_data = None
        form.lock_version.data = user.lock_version
    return _person_page(place, user, form, status=refusal.status)
