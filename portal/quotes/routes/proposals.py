"""The customer's page behind a proposal's link, without a password, and the printed proposal."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, flash, request, url_for

from portal.documents.operations.printing import render_proposal
from portal.quotes.forms.answer import DeclineForm
from portal.quotes.models import QuoteVersion
from portal.quotes.operations.answering import accept_quote, decline_proposal, record_view
from portal.quotes.queries.contracting import ContractNote, contract_note
from portal.quotes.queries.public import ProposalStatus, get_proposal_link, public_proposal
from portal.quotes.queries.reading import get_live_version, list_alternatives
from portal.quotes.queries.sheet import proposal_sheet
from portal.quotes.routes.blueprint import blueprint
from portal.quotes.rules.labels import quote_label
from portal.quotes.rules.refusals import StillNeedsApproval
from portal.quotes.rules.states import SHOWN_TO_CUSTOMER, waits_for_approval
from portal.shared import clock, htmx, visits
from portal.shared.auth import Permission, actor, public, requires
from portal.shared.db import as_key, db
from portal.shared.environment import environment
from portal.shared.mail import absolute_url
from portal.shared.refusals import Refusal
from portal.shared.tokens import LinkToken
from portal.users.rules import device_name


@blueprint.get("/p/<token>")
@public
def proposal(token: str) -> Response:
    """The proposal, and what became of it. Opening it uses nothing up; of the customer, it is remembered."""
    link = get_proposal_link(db.session, token, now=clock.now())
    if visits.is_customers():
        record_view(db.session, token=link, device=device_name(request.user_agent.string), now=clock.now())
    return _page(link, token, DeclineForm(formdata=None))


@blueprint.post("/p/<token>/aceite")
@public
def proposal_accept(token: str) -> Response:
    """The customer accepts one alternative."""
    link = get_proposal_link(db.session, token, now=clock.now())
    chosen = as_key(request.form.get("alternativa"))
    try:
        accept_quote(db.session, token=link, quote_id=chosen, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _page(link, token, DeclineForm(formdata=None), refusal=refusal)
    return htmx.go_to(url_for("quotes.proposal", token=token))


@blueprint.post("/p/<token>/recusa")
@public
def proposal_decline(token: str) -> Response:
    """The customer accepts none and says why."""
    link, form = get_proposal_link(db.session, token, now=clock.now()), DeclineForm()
    if not form.validate():
        return _page(link, token, form, status=422)
    reason, note = form.reason.data, form.note.data or ""
    try:
        decline_proposal(db.session, token=link, reason=reason, note=note, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _page(link, token, form, refusal=refusal)
    return htmx.go_to(url_for("quotes.proposal", token=token))


@blueprint.get("/p/<token>/proposta.pdf")
@public
def public_pdf(token: str) -> Response:
    """The proposal for the customer to keep."""
    link = get_proposal_link(db.session, token, now=clock.now())
    found = public_proposal(db.session, link, today=clock.today())
    if not found.versions:
        flash("Esta proposta não pode ser baixada agora.", "warning")
        return htmx.go_to(url_for("quotes.proposal", token=token))
    return _pdf(found.versions, link=absolute_url("quotes.proposal", token=token))


@blueprint.get("/orcamentos/<int:quote_id>/proposta.pdf")
@requires(Permission.SEE_QUOTES)
def proposal_pdf(quote_id: int) -> Response:
    """The proposal as the customer will get it; a draft says that it is one."""
    version = get_live_version(db.session, quote_id, actor=actor())
    if waits_for_approval(version.state, needs_approval=version.needs_approval):
        raise StillNeedsApproval({quote_label(version.quote.proposal_id): version.state.label})
    if version.state not in SHOWN_TO_CUSTOMER:
        return _pdf((version,), is_draft=True)
    beside = list_alternatives(db.session, version.quote.proposal_id, actor=actor())
    return _pdf(tuple(each for each in beside if each.state in SHOWN_TO_CUSTOMER))


def _pdf(versions: tuple[QuoteVersion, ...], *, link: str = "", is_draft: bool = False) -> Response:
    now = versions[0].sent_at or versions[0].changed_at  # the same version always prints the same file
    sheet = proposal_sheet(
        versions, _notes(versions, now=now), link=link, issued_on=clock.day_of(now), is_draft=is_draft
    )
    name = f"proposta-{sheet.number}.pdf"
    return Response(
        render_proposal(sheet, now=now),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _page(
    link: LinkToken, secret: str, form: DeclineForm, *, refusal: Refusal | None = None, status: int = 200
) -> Response:
    now = clock.now()
    found = public_proposal(db.session, link, today=clock.day_of(now))
    page = htmx.render(
        "quotes/proposal.html",
        status=refusal.status if refusal else status,
        token=secret,
        status_name=found.status.value,
        is_open=found.status is ProposalStatus.OPEN,
        versions=found.versions,
        sheet=proposal_sheet(found.versions, _notes(found.versions, now=now), issued_on=clock.day_of(now))
        if found.versions
        else None,
        form=form,
        refusal=refusal,
        vendor=environment().company if found.is_partner_gone else None,
    )
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    return page


def _notes(versions: Sequence[QuoteVersion], *, now: datetime) -> dict[int, ContractNote]:
    """By version, what it changes at a running contract, as its customer may read it."""
    return {version.id: contract_note(db.session, version, actor=None, now=now) for version in versions}
