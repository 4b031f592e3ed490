"""A contract's page: how far it is, and what can be done there."""

from collections.abc import Callable

from flask import Response, flash, url_for

from portal.contracts.forms import CancelForm, PartnerForm, SignatoryForm
from portal.contracts.models import Contract
from portal.contracts.operations import drafting, generating
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.generating import generate_contract
from portal.contracts.operations.signing import resend_signature
from portal.contracts.pages.detail import contract_page
from portal.contracts.queries.reading import get_contract
from portal.contracts.routes.blueprint import blueprint
from portal.contracts.routes.passing_on import whatsapp_forms
from portal.documents.operations.lettering import unprintable
from portal.partners.queries.partners import list_partner_names
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import Form, show_refusal
from portal.shared.refusals import Forbidden, Missing, Refusal

SLOW_AFTER_SECONDS = 30


@blueprint.get("/contratos/<int:contract_id>")
@requires(Permission.SEE_CONTRACTS)
def show(contract_id: int) -> Response:
    """Its steps, what was sold, and the next thing to do."""
    return show_page(contract_id)


@blueprint.get("/contratos/<int:contract_id>/andamento")
@requires(Permission.SEE_CONTRACTS)
def progress(contract_id: int) -> Response:
    """While the document is printed: that it is; afterwards the page anew."""
    contract = get_contract(db.session, contract_id, actor=actor())
    if not htmx.is_htmx() or not contract.is_being_generated:
        return htmx.go_to(url_for("contracts.show", contract_id=contract_id))
    return htmx.render("contracts/show.html", block="printing", contract=contract, is_slow=is_slow(contract))


@blueprint.post("/contratos/<int:contract_id>/gerar")
@requires(Permission.WRITE_CONTRACTS)
def generate(contract_id: int) -> Response:
    """Have the document printed and sent to its signatory."""

    def act(contract: Contract) -> str:
        generate_contract(db.session, contract=contract, actor=actor(), now=clock.now())
        return url_for("contracts.show", contract_id=contract_id)

    return do(contract_id, act)


@blueprint.post("/contratos/<int:contract_id>/gerar-de-novo")
@requires(Permission.WRITE_CONTRACTS)
def draft_again(contract_id: int) -> Response:
    """After it was dropped: another contract from the same quote."""

    def act(contract: Contract) -> str:
        made = drafting.draft_again(db.session, contract=contract, actor=actor(), now=clock.now())
        flash(f"Contrato {made.label} iniciado com os mesmos valores. Confira e gere o documento.")
        return url_for("contracts.show", contract_id=made.id)

    return do(contract_id, act)


@blueprint.post("/contratos/<int:contract_id>/reenviar")
@requires(Permission.WRITE_CONTRACTS)
def resend(contract_id: int) -> Response:
    """Mail the signing link again."""

    def act(contract: Contract) -> str:
        envelope = resend_signature(db.session, contract=contract, actor=actor(), now=clock.now())
        flash(f"Link de assinatura enviado de novo para {envelope.signer_email}.")
        return url_for("contracts.show", contract_id=contract_id)

    return do(contract_id, act)


@blueprint.post("/contratos/<int:contract_id>/responsavel")
@requires(Permission.WRITE_CONTRACTS)
def replace_signatory(contract_id: int) -> Response:
    """Another person signs."""
    form = SignatoryForm()

    def act(contract: Contract) -> str:
        generating.replace_signatory(
            db.session, contract=contract, signatory=form.to_details(), actor=actor(), now=clock.now()
        )
        flash(f"O contrato vai para {form.name.data}. O link anterior não vale mais.")
        return url_for("contracts.show", contract_id=contract_id)

    return do(contract_id, act, form=form)


@blueprint.post("/contratos/<int:contract_id>/cancelar")
@requires(Permission.WRITE_CONTRACTS)
def cancel(contract_id: int) -> Response:
    """Give it up before it is active, with a reason."""
    form = CancelForm()

    def act(contract: Contract) -> str:
        cancel_contract(
            db.session, contract=contract, reason=form.reason.data or "", actor=actor(), now=clock.now()
        )
        flash("Contrato cancelado. Os links que o cliente recebeu não valem mais.")
        return url_for("contracts.show", contract_id=contract_id)

    return do(contract_id, act, form=form)


def do(contract_id: int, act: Callable[[Contract], str], *, form: Form | None = None) -> Response:
    """Act on a contract and go where that leads; a refusal is shown on the contract's own page."""
    contract = get_contract(db.session, contract_id, actor=actor())
    if form is not None and not form.validate():
        return show_page(contract_id, form=form, status=422)
    try:
        return htmx.go_to(act(contract))
    except (Missing, Forbidden):
        raise
    except Refusal as refusal:
        db.session.rollback()
        if form is not None and refusal.field and refusal.field in form:
            show_refusal(form, refusal)
            return show_page(contract_id, form=form, status=refusal.status)
        return show_page(contract_id, refusal=refusal, form=form, status=refusal.status)


def show_page(
    contract_id: int, *, refusal: Refusal | None = None, form: Form | None = None, status: int = 200
) -> Response:
    """The contract's page; `form` is one of its forms as it was sent."""
    page = contract_page(db.session, contract_id, actor=actor(), now=clock.now())
    return htmx.render(
        "contracts/show.html",
        status=status,
        page=page,
        contract=page.contract,
        boxes=unprintable(page.contract.customer.printed_texts),
        is_slow=is_slow(page.contract),
        refusal=refusal,
        whatsapp=whatsapp_forms(page.contract, page.envelope),
        cancel_form=form if isinstance(form, CancelForm) else CancelForm(formdata=None),
        signatory_form=form if isinstance(form, SignatoryForm) else SignatoryForm(formdata=None),
        partner_form=partner_form(page.contract, form),
    )


def partner_form(contract: Contract, sent: Form | None = None) -> PartnerForm | None:
    """The form of a change of partner; None for who may not change it."""
    person = actor()
    if person.role.of_partner or not person.can(Permission.WRITE_CONTRACTS):
        return None
    form = sent if isinstance(sent, PartnerForm) else PartnerForm(formdata=None)
    form.partner_id.offer(
        (partner_id, name)
        for partner_id, name in list_partner_names(db.session)
        if partner_id != contract.partner_id
    )
    return form


def is_slow(contract: Contract) -> bool:
    """Whether the document takes longer than people are used to wait."""
    asked_at = contract.generation_asked_at
    return asked_at is not None and (clock.now() - asked_at).total_seconds() > SLOW_AFTER_SECONDS
