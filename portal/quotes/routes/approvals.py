"""The account manager's queue: approve, refuse, counter, without leaving it."""

from collections.abc import Callable

from flask import Response, flash, url_for

from portal.quotes.forms.decisions import CounterForm, RejectForm
from portal.quotes.models import Approval
from portal.quotes.operations.approval import approve_quote, counter_quote, reject_quote
from portal.quotes.queries import approvals
from portal.quotes.queries.approvals import count_queue, get_approval, partner_history
from portal.quotes.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Missing, Refusal

type Form = RejectForm | CounterForm


@blueprint.get("/aprovacoes")
@requires(Permission.DECIDE_QUOTES)
def approval_queue() -> Response:
    """Open requests, the oldest first."""
    return _queue()


@blueprint.post("/aprovacoes/<int:approval_id>/aprovar")
@requires(Permission.DECIDE_QUOTES)
def approve(approval_id: int) -> Response:
    """Agree to the price that was asked for."""

    def act(approval: Approval) -> str:
        version = approve_quote(db.session, approval=approval, actor=actor(), now=clock.now())
        return f"Você aprovou o orçamento de {version.customer.name}. Avisamos o vendedor por e-mail."

    return _decide(approval_id, act)


@blueprint.post("/aprovacoes/<int:approval_id>/recusar")
@requires(Permission.DECIDE_QUOTES)
def reject(approval_id: int) -> Response:
    """Refuse, with a reason the seller reads."""
    form = RejectForm()

    def act(approval: Approval) -> str:
        reason = form.reason.data or ""
        version = reject_quote(db.session, approval=approval, reason=reason, actor=actor(), now=clock.now())
        return f"Você recusou o orçamento de {version.customer.name}. Avisamos o vendedor por e-mail."

    return _decide(approval_id, act, form)


@blueprint.post("/aprovacoes/<int:approval_id>/contraproposta")
@requires(Permission.DECIDE_QUOTES)
def counter(approval_id: int) -> Response:
    """Offer a price that would be approved."""
    form = CounterForm()

    def act(approval: Approval) -> str:
        version = counter_quote(
            db.session,
            approval=approval,
            counter_cents=form.counter_cents.data or 0,
            counter_setup_cents=form.counter_setup_cents.data,
            reason=form.reason.data or "",
            actor=actor(),
            now=clock.now(),
        )
        return f"Contraproposta enviada para o orçamento de {version.customer.name}."

    return _decide(approval_id, act, form)


def _decide(approval_id: int, act: Callable[[Approval], str], form: Form | None = None) -> Response:
    """Decide one request and stay in the queue; what is wrong is said at that request."""
    try:
        approval = get_approval(db.session, approval_id, actor=actor())
        if form is not None and not form.validate():
            return _queue(approval_id, form=form, status=422)
        flash(act(approval))
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _queue(approval_id, form=form, refusal=refusal, status=refusal.status)
    return htmx.go_to(url_for("quotes.approval_queue"))


def _queue(
    approval_id: int | None = None,
    *,
    form: Form | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    if form is not None and refusal is not None and refusal.field in form.data:
        show_refusal(form, refusal)
    now = clock.now()
    entries = approvals.approval_queue(db.session, actor=actor(), now=now)
    partner_ids = {entry.version.partner_id for entry in entries}
    return htmx.render(
        "quotes/approval_queue.html",
        status=status,
        entries=entries,
        waiting=count_queue(db.session, actor=actor()),
        history=partner_history(db.session, partner_ids, now=now),
        answered_id=approval_id,
        refusal=refusal,
        reject_form=form if isinstance(form, RejectForm) else RejectForm(formdata=None),
        counter_form=form if isinstance(form, CounterForm) else CounterForm(formdata=None),
        blank_reject_form=RejectForm(formdata=None),
        blank_counter_form=CounterForm(formdata=None),
    )
