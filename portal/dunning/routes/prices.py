"""What messages cost: the prices in force, and a new one from a day on."""

from flask import Response, flash, url_for

from portal.dunning.forms import PriceForm
from portal.dunning.operations.prices import set_price
from portal.dunning.queries.prices import list_prices, prices_on
from portal.dunning.routes.blueprint import blueprint
from portal.dunning.rules.prices import DEFAULTS, PriceSort, in_reais
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal

blueprint.add_app_template_filter(in_reais, "ten_thousandths")


@blueprint.get("/regua/precos")
@requires(Permission.SEE_DUNNING)
def prices() -> Response:
    """What one message of each sort costs today, and what it did before."""
    return _page(PriceForm(formdata=None))


@blueprint.post("/regua/precos")
@requires(Permission.MANAGE_DUNNING, confirmed=True)
def change_price() -> Response:
    """Another price from a day on."""
    form = PriceForm()
    if not form.validate() or form.from_on.data is None:
        return _page(form, status=422)
    try:
        set_price(
            db.session,
            sort=PriceSort(form.sort.data),
            from_on=form.from_on.data,
            ten_thousandths=form.ten_thousandths,
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(form, status=refusal.status)
    flash("Preço salvo.")
    return htmx.go_to(url_for("dunning.prices"))


def _page(form: PriceForm, *, status: int = 200) -> Response:
    return htmx.render(
        "dunning/prices.html",
        status=status,
        form=form,
        current=prices_on(db.session, clock.today()),
        prices=list_prices(db.session),
        defaults=DEFAULTS,
    )
