"""The vendor's pages about resellers."""

from typing import Any

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.partners import rules
from portal.partners.forms import PartnerForm, ReasonForm
from portal.partners.models import Partner
from portal.partners.operations.registration import (
    disable_partner,
    edit_partner,
    enable_partner,
    register_partner,
)
from portal.partners.queries.partners import (
    PARTNER_LIST,
    BusinessOfPartner,
    OwnCreditOf,
    details_of,
    get_partner,
    list_account_managers,
    list_history,
    list_partners,
    list_team,
    partner_list,
)
from portal.partners.routes.blueprint import blueprint
from portal.partners.rules import Arrangement, Tier
from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_document, format_phone
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.lists import csv_response, read_all
from portal.shared.questions import ask
from portal.shared.refusals import Refusal

CSV_HEADER = (
    "Nome fantasia",
    "Razão social",
    "CNPJ",
    "Nível",
    "Modalidade",
    "E-mail",
    "Telefone",
    "Gerente de contas",
    "Substituto",
    "Situação",
)
LATEST = 50


@blueprint.get("/parceiros")
@requires(Permission.MANAGE_PARTNERS)
def index() -> ResponseReturnValue:
    """All resellers."""
    listing = PARTNER_LIST.read(request.args)
    return render(
        "partners/index.html",
        listing=listing,
        page=list_partners(db.session, actor(), listing),
        managers=list_account_managers(db.session),
        tiers=Tier.choices(),
    )


@blueprint.get("/parceiros.csv")
@requires(Permission.MANAGE_PARTNERS)
def export() -> ResponseReturnValue:
    """The same list as CSV."""
    listing = PARTNER_LIST.read(request.args)
    statement = listing.ordered(partner_list(actor(), listing))
    return csv_response("parceiros.csv", CSV_HEADER, (_cells(*row) for row in read_all(statement)))


@blueprint.get("/parceiros/novo")
@requires(Permission.MANAGE_PARTNERS)
def new() -> ResponseReturnValue:
    """An empty registration."""
    return _form_page(_form(formdata=None))


@blueprint.post("/parceiros/novo")
@requires(Permission.MANAGE_PARTNERS, confirmed=True)
def register() -> ResponseReturnValue:
    """Register a reseller."""
    form = _form()
    if not form.validate():
        return _form_page(form, status=422)
    try:
        partner = register_partner(db.session, details=form.to_details(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _form_page(form, status=refusal.status)
    flash(f"{partner.trade_name} cadastrado. Convide agora o gestor da revenda.")
    return go_to(url_for("partners.show", partner_id=partner.id))


@blueprint.get("/parceiros/<int:partner_id>")
@requires(Permission.MANAGE_PARTNERS)
def show(partner_id: int) -> ResponseReturnValue:
    """A reseller: registration, team and what happened."""
    return _show(get_partner(db.session, actor(), partner_id), ReasonForm(formdata=None))


@blueprint.get("/parceiros/<int:partner_id>/editar")
@requires(Permission.MANAGE_PARTNERS)
def edit(partner_id: int) -> ResponseReturnValue:
    """The registration, to change it."""
    partner = get_partner(db.session, actor(), partner_id)
    return _form_page(_form(partner, formdata=None), partner=partner)


@blueprint.post("/parceiros/<int:partner_id>/editar")
@requires(Permission.MANAGE_PARTNERS, confirmed=True)
def save(partner_id: int) -> ResponseReturnValue:
    """Save the changed registration."""
    partner = get_partner(db.session, actor(), partner_id, for_update=True)
    form = _form(partner)
    if not form.validate():
        return _form_page(form, partner=partner, status=422)
    try:
        _edit(partner, form)
    except Refusal as refusal:
        return _refused_edit(partner, form, refusal)
    flash("Cadastro salvo.")
    return go_to(url_for("partners.show", partner_id=partner.id))


@blueprint.post("/parceiros/<int:partner_id>/desativar")
@requires(Permission.MANAGE_PARTNERS, confirmed=True)
def disable(partner_id: int) -> ResponseReturnValue:
    """Take the access of all its people away."""
    partner = get_partner(db.session, actor(), partner_id, for_update=True)
    form = ReasonForm()
    if not form.validate():
        return _show(partner, form, status=422)
    disable_partner(
        db.session, partner=partner, reason=form.reason.data or "", actor=actor(), now=clock.now()
    )
    flash(f"{partner.trade_name} desativado. A equipe não entra mais e as propostas abertas estão suspensas.")
    return go_to(url_for("partners.show", partner_id=partner.id))


@blueprint.post("/parceiros/<int:partner_id>/reativar")
@requires(Permission.MANAGE_PARTNERS, confirmed=True)
def enable(partner_id: int) -> ResponseReturnValue:
    """Let its people sign in again."""
    partner = get_partner(db.session, actor(), partner_id, for_update=True)
    enable_partner(db.session, partner=partner, actor=actor(), now=clock.now())
    flash(f"{partner.trade_name} reativado. A equipe pode entrar e as propostas no prazo voltam a valer.")
    return go_to(url_for("partners.show", partner_id=partner.id))


def _cells(partner: Partner, manager: str, substitute: str | None) -> tuple[object, ...]:
    return (
        partner.trade_name,
        partner.name,
        format_document(partner.document),
        Tier(partner.tier).label,
        Arrangement(partner.arrangement).label,
        partner.email,
        format_phone(partner.phone),
        manager,
        substitute or "",
        "Desativado" if partner.disabled_at else "Ativo",
    )


def _form(partner: Partner | None = None, **values: Any) -> PartnerForm:
    """The form; of a partner it holds, and offers, those who look after it even if they no longer could."""
    managers = {row.id: row.name for row in list_account_managers(db.session)}
    if partner:
        present = (partner.account_manager, partner.substitute)
        managers = {user.id: user.name for user in present if user} | managers
    return PartnerForm(obj=partner, managers=list(managers.items()), **values)


def _edit(partner: Partner, form: PartnerForm) -> None:
    edit_partner(
        db.session,
        partner=partner,
        lock_version=form.lock_version.data or 0,
        details=form.to_details(),
        tier_reason=form.tier_reason.data or "",
        actor=actor(),
        now=clock.now(),
    )


def _refused_edit(partner: Partner, form: PartnerForm, refusal: Refusal) -> Response:
    show_refusal(form, refusal)
    if not isinstance(refusal, rules.SavedMeanwhile):
        return _form_page(form, partner=partner, status=refusal.status)
    # What was typed stays; the form now stands on the version just saved, whose values are shown beside.
    before, typed = details_of(partner), form.to_details()
    people = {row.id: row.name for row in list_account_managers(db.session)}
    differences = [
        rules.Difference(
            rules.FIELD_LABELS[name], rules.shown(before, name, people), rules.shown(typed, name, people)
        )
        for name in rules.differing(before, typed)
    ]
    form.lock_version.raw_data = None
    form.lock_version.data = partner.lock_version
    return _form_page(form, partner=partner, status=409, differences=differences)


def _form_page(
    form: PartnerForm, *, partner: Partner | None = None, status: int = 200, **context: Any
) -> Response:
    return render("partners/form.html", status=status, form=form, partner=partner, **context)


def _show(partner: Partner, reason_form: ReasonForm, *, status: int = 200) -> Response:
    return render(
        "partners/show.html",
        status=status,
        partner=partner,
        details=details_of(partner),
        team=list_team(db.session, partner),
        history=list_history(db.session, partner, LATEST),
        reason_form=reason_form,
        own_credit_cents=sum(ask(db.session, OwnCreditOf(partner.id))),
        touched=[] if partner.disabled_at else _touched(partner),
    )


def _touched(partner: Partner) -> list[str]:
    """What disabling the partner does to its customers, a sentence each."""
    asked = BusinessOfPartner(partner_id=partner.id, today=clock.today())
    return [sentence for sentence in ask(db.session, asked) if sentence]
