"""The steps of the régua: seen, tried on an example, and put in force anew."""

from collections.abc import Sequence

from flask import Response, flash, request, url_for

from portal.dunning.forms import PolicyForm
from portal.dunning.operations.policies import make_policy
from portal.dunning.pages.examples import Example, made_up_examples, real_examples
from portal.dunning.queries.prices import prices_on
from portal.dunning.queries.reading import find_policy
from portal.dunning.queries.trying import Tried, try_policy
from portal.dunning.routes.blueprint import blueprint
from portal.dunning.rules.prices import Cost, price_of
from portal.dunning.rules.steps import MOST_STEPS, SUGGESTED, Step
from portal.dunning.rules.texts import FIELDS
from portal.invoices.queries.limits import least_owed_cents
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.environment import supplier_line
from portal.whatsapp.queries.messages import is_on


@blueprint.get("/regua/passos")
@requires(Permission.SEE_DUNNING)
def policy() -> Response:
    """The steps in force, or those suggested before there is one."""
    found = find_policy(db.session)
    steps = [_step(row) for row in found.steps] if found else list(SUGGESTED)
    form = PolicyForm(formdata=None, data={"steps": [_typed(step) for step in steps]})
    return _page(form, status=200)


@blueprint.post("/regua/passos")
@requires(Permission.MANAGE_DUNNING)
def save_policy() -> Response:
    """Put them in force, from the next run on; or only try them on past days or on real customers."""
    form = PolicyForm(request.form)
    if "more" in request.form:
        return _with_one_more(form)
    if not form.validate():
        return _page(form, status=422)
    steps, today = form.to_steps(), clock.today()
    if "preview" in request.form:
        examples = real_examples(db.session, steps, supplier=supplier_line(), today=today)
        return _page(form, status=200, examples=examples)
    if "try" in request.form:
        return _page(form, status=200, tried=try_policy(db.session, steps, today=today))
    make_policy(db.session, steps=steps, actor=actor(), now=clock.now())
    flash("Régua salva. Ela vale a partir da próxima que for preparada.")
    return htmx.go_to(url_for("dunning.policy"))


def _with_one_more(form: PolicyForm) -> Response:
    if len(form.steps) < MOST_STEPS:
        form.steps.append_entry()
    return _page(form, status=200)


def _costs(steps: Sequence[Step], tried: Tried) -> dict[int, Cost]:
    """What the tried messages of each step would cost at today's prices."""
    prices = prices_on(db.session, clock.today())
    return {
        each.position: Cost(each.sent, each.sent * price_of(steps[each.position - 1].channel, prices))
        for each in tried.steps
    }


def _step(row: object) -> Step:
    return Step(*(getattr(row, name) for name in Step._fields))


def _typed(step: Step) -> dict[str, object]:
    values = step._asdict()
    return values | {
        "days": str(step.days),
        "channel": step.channel.value,
        "audience": step.audience.value,
        "service_kind": step.service_kind.value if step.service_kind else "",
    }


def _page(
    form: PolicyForm, *, status: int, tried: Tried | None = None, examples: Sequence[Example] = ()
) -> Response:
    is_real = len(examples) == len(form.steps)
    texts = [(entry.form.subject.data or "", entry.form.body.data or "") for entry in form.steps]
    return htmx.render(
        "dunning/policy.html",
        status=status,
        form=form,
        examples=examples if is_real else made_up_examples(texts),
        is_real=is_real,
        fields=FIELDS,
        policy=find_policy(db.session),
        most=MOST_STEPS,
        tried=tried,
        tried_steps=form.to_steps() if tried else (),
        tried_costs=_costs(form.to_steps(), tried) if tried else {},
        least_owed_cents=least_owed_cents(db.session),
        whatsapp_is_on=is_on(db.session),
    )
