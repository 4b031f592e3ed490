"""One case: what was said, what would follow, and how it ends."""

from datetime import timedelta
from typing import Any

from flask import Response, flash, url_for

from portal.cancellations.forms import ArgueForm, ConfirmForm, RetainForm, TakeBackForm
from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import cancel, fingerprint, retain
from portal.cancellations.operations.opening import argue
from portal.cancellations.operations.pausing import resume
from portal.cancellations.operations.taking_back import take_back
from portal.cancellations.pages.cases import names_of_services
from portal.cancellations.pages.pauses import offer_of_pause, pause_of
from portal.cancellations.pages.settlement import repasse_words, words_of
from portal.cancellations.queries.cases import get_case, list_arguments, may_take_back
from portal.cancellations.queries.discounts import limit_of
from portal.cancellations.queries.settlement import facts_of
from portal.cancellations.routes.blueprint import blueprint
from portal.cancellations.routes.frame import record_frame
from portal.cancellations.rules.cases import Answer, CaseState, Offer, answer_until, offers_for
from portal.cancellations.rules.settlement import settle
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Forbidden, Missing, Refusal

FOLLOW_UP_AFTER = timedelta(days=30)

type CaseForm = ArgueForm | RetainForm | ConfirmForm | TakeBackForm


@blueprint.get("/cancelamentos/<int:case_id>")
@requires(Permission.SEE_CONTRACTS)
def show(case_id: int) -> Response:
    """The case."""
    return _page(get_case(db.session, case_id, actor=actor()))


@blueprint.post("/cancelamentos/<int:case_id>/conversa")
@requires(Permission.WRITE_CONTRACTS)
def write_argument(case_id: int) -> Response:
    """Write down what was offered and answered."""
    case, form = get_case(db.session, case_id, actor=actor()), ArgueForm()
    if not form.validate():
        return _page(case, form, status=422)
    try:
        argue(
            db.session,
            case=case,
            offer=Offer(form.offer.data) if form.offer.data else None,
            answer=Answer(form.answer.data) if form.answer.data else None,
            words=form.words.data or "",
            awaits_reply=form.awaits_reply.data,
            discount_cents=form.discount.data or 0,
            pause_months=int(form.pause_months.data or 0),
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _refused(case_id, form, refusal)
    flash("Anotado.")
    return htmx.go_to(url_for("cancellations.show", case_id=case_id))


@blueprint.post("/cancelamentos/<int:case_id>/reter")
@requires(Permission.WRITE_CONTRACTS)
def keep(case_id: int) -> Response:
    """The customer stays."""
    case, form = get_case(db.session, case_id, actor=actor()), RetainForm()
    if not form.validate() or form.follow_up_on.data is None:
        return _page(case, form, status=422)
    try:
        retain(
            db.session,
            case=case,
            outcome=form.words.data or "",
            follow_up_on=form.follow_up_on.data,
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _refused(case_id, form, refusal)
    flash(f"O cliente fica. Retorno marcado para {format_date(form.follow_up_on.data)}.")
    return htmx.go_to(url_for("cancellations.show", case_id=case_id))


@blueprint.post("/cancelamentos/<int:case_id>/confirmar")
@requires(Permission.WRITE_CONTRACTS)
def confirm(case_id: int) -> Response:
    """End the contract as shown."""
    case, form = get_case(db.session, case_id, actor=actor()), ConfirmForm()
    if not form.validate():
        return _page(case, form, status=422)
    try:
        settlement = cancel(
            db.session,
            case=case,
            outcome=form.words.data or "",
            seen=form.seen.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _refused(case_id, form, refusal)
    what = "Serviços cancelados. Funcionam" if case.is_partial else "Contrato cancelado. O serviço funciona"
    flash(f"{what} até {format_date(settlement.last_day)}.")
    return htmx.go_to(url_for("cancellations.show", case_id=case_id))


@blueprint.post("/cancelamentos/<int:case_id>/desfazer")
@requires(Permission.WRITE_CONTRACTS)
def undo(case_id: int) -> Response:
    """The customer stays after all."""
    case, form = get_case(db.session, case_id, actor=actor()), TakeBackForm()
    if not form.validate():
        return _page(case, form, status=422)
    try:
        take_back(db.session, case=case, reason=form.words.data or "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _refused(case_id, form, refusal)
    flash("Cancelamento desfeito. O contrato continua como era.")
    return htmx.go_to(url_for("cancellations.show", case_id=case_id))


@blueprint.post("/cancelamentos/<int:case_id>/retomar")
@requires(Permission.WRITE_CONTRACTS)
def resume_service(case_id: int) -> Response:
    """The customer comes back before its pause is over."""
    case = get_case(db.session, case_id, actor=actor())
    try:
        resume(db.session, case=case, actor=actor(), now=clock.now())
    except (Missing, Forbidden):
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash("Pausa encerrada. A próxima fatura sai pela régua normal, e o serviço volta com ela.")
    return htmx.go_to(url_for("cancellations.show", case_id=case_id))


def _refused(case_id: int, form: CaseForm, refusal: Refusal) -> Response:
    if isinstance(refusal, (Missing, Forbidden)):
        raise refusal
    db.session.rollback()
    show_refusal(form, refusal)
    return _page(get_case(db.session, case_id, actor=actor()), form, status=refusal.status)


def _page(case: CancellationCase, form: CaseForm | None = None, *, status: int = 200) -> Response:
    today = clock.today()
    retaining = RetainForm(formdata=None, data={"follow_up_on": today + FOLLOW_UP_AFTER})
    context: dict[str, Any] = record_frame(case.customer_id) | {
        "case": case,
        "arguments": list_arguments(db.session, case.id),
        "arguing": form if isinstance(form, ArgueForm) else ArgueForm(formdata=None),
        "retaining": form if isinstance(form, RetainForm) else retaining,
        "confirming": form if isinstance(form, ConfirmForm) else ConfirmForm(formdata=None),
        "undoing": form if isinstance(form, TakeBackForm) else TakeBackForm(formdata=None),
        "may_undo": may_take_back(case),
        "services": names_of_services(case),
        "pause": pause_of(db.session, case, today=today),
        "answer_until": answer_until(case.requested_at),
        "offers": [offer.label for offer in offers_for(case.reason)],
    }
    if case.state is CaseState.OPEN:
        facts = facts_of(db.session, case.contract, today=today, services=case.services)
        settlement = settle(facts)
        context |= {
            "discount_limit": limit_of(db.session, case, now=clock.now()),
            "pauses": offer_of_pause(db.session, case, today=today),
            "settlement": words_of(settlement, facts),
            "repasse": repasse_words(settlement),
            "seen": fingerprint(settlement),
        }
    return htmx.render("cancellations/show.html", status=status, **context)
