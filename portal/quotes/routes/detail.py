"""A quote's page and what can be done there: revise, copy, submit, send, void."""

from collections.abc import Callable

from flask import Response, flash, url_for

from portal.documents.operations.lettering import unprintable
from portal.quotes.forms.decisions import SubmitForm, VoidForm
from portal.quotes.models import Quote
from portal.quotes.operations import copying, submitting
from portal.quotes.operations.copying import clone_quote
from portal.quotes.operations.drafting import revise_quote
from portal.quotes.operations.sending import prepare_proposal, send_proposal, void_quote
from portal.quotes.operations.submitting import submit_quote, withdraw_submission
from portal.quotes.pages.detail import quote_page
from portal.quotes.queries.labels import label_of
from portal.quotes.queries.reading import get_quote, get_version, list_versions, price_list_names
from portal.quotes.routes.blueprint import blueprint
from portal.quotes.rules.differences import differences
from portal.quotes.rules.labels import quote_label
from portal.quotes.rules.messages import proposal_message
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.mail import absolute_url
from portal.shared.refusals import Missing, Refusal
from portal.shared.whatsapp import Person, Sender
from portal.shared.whatsapp_form import WhatsAppForm, pass_on

WHATSAPP = "proposta"


@blueprint.get("/orcamentos/<int:quote_id>")
@requires(Permission.SEE_QUOTES)
def show(quote_id: int) -> Response:
    """The live version, what needs to be done next, and the history."""
    return _page(quote_id)


@blueprint.get("/orcamentos/<int:quote_id>/versoes/<int:before>/<int:after>")
@requires(Permission.SEE_QUOTES)
def compare(quote_id: int, before: int, after: int) -> Response:
    """Field by field, what changed between two versions."""
    old = get_version(db.session, quote_id, before, actor=actor())
    new = get_version(db.session, quote_id, after, actor=actor())
    versions = list_versions(db.session, quote_id, actor=actor())
    names = price_list_names(db.session, (old, new))
    return htmx.render(
        "quotes/compare.html",
        old=old,
        new=new,
        versions=versions,
        label=label_of(db.session, new.quote),
        differences=differences(old, new, list_names=names),
    )


@blueprint.post("/orcamentos/<int:quote_id>/nova-versao")
@requires(Permission.WRITE_QUOTES)
def revise(quote_id: int) -> Response:
    """The next draft version, opened in the builder."""

    def act(quote: Quote) -> str:
        revise_quote(db.session, quote=quote, actor=actor(), now=clock.now())
        return url_for("quotes.edit", quote_id=quote_id)

    return _do(quote_id, act)


@blueprint.post("/orcamentos/<int:quote_id>/copiar")
@requires(Permission.WRITE_QUOTES)
def clone(quote_id: int) -> Response:
    """A new quote like this one, with today's prices."""

    def act(quote: Quote) -> str:
        copy = clone_quote(db.session, quote=quote, actor=actor(), now=clock.now())
        flash("Copiamos o orçamento com os preços de hoje. Confira antes de enviar.")
        return url_for("quotes.edit", quote_id=copy.id)

    return _do(quote_id, act)


@blueprint.post("/orcamentos/<int:quote_id>/alternativas/<term>")
@requires(Permission.WRITE_QUOTES)
def add_alternative(quote_id: int, term: str) -> Response:
    """The same selection for another term, side by side in the same proposal."""

    def act(quote: Quote) -> str:
        other = copying.add_alternative(db.session, quote=quote, term=term, actor=actor(), now=clock.now())
        flash("Alternativa criada. Ela vai na mesma proposta, lado a lado com esta.")
        return url_for("quotes.edit", quote_id=other.id)

    return _do(quote_id, act)


@blueprint.post("/orcamentos/<int:quote_id>/aprovacao")
@requires(Permission.WRITE_QUOTES)
def submit(quote_id: int) -> Response:
    """Ask the account manager, unless the price needs nobody."""
    form = SubmitForm()
    if not form.validate():
        return _page(quote_id, submit_form=form, status=422)

    def act(quote: Quote) -> str:
        argument = form.argument.data or ""
        approval = submit_quote(db.session, quote=quote, argument=argument, actor=actor(), now=clock.now())
        flash("Pedido de aprovação enviado." if approval else "Este valor não precisa de aprovação.")
        return url_for("quotes.show", quote_id=quote_id)

    return _do(quote_id, act, submit_form=form)


@blueprint.post("/orcamentos/<int:quote_id>/aprovacao/retirar")
@requires(Permission.WRITE_QUOTES)
def withdraw(quote_id: int) -> Response:
    """Take the request back; the next draft can be edited."""

    def act(quote: Quote) -> str:
        withdraw_submission(db.session, quote=quote, actor=actor(), now=clock.now())
        flash("Pedido retirado. Você pode editar o orçamento de novo.")
        return url_for("quotes.edit", quote_id=quote_id)

    return _do(quote_id, act)


@blueprint.post("/orcamentos/<int:quote_id>/contraproposta/aceitar")
@requires(Permission.WRITE_QUOTES)
def accept_counter(quote_id: int) -> Response:
    """Take the account manager's price with one click."""

    def act(quote: Quote) -> str:
        submitting.accept_counter(db.session, quote=quote, actor=actor(), now=clock.now())
        flash("Contraproposta aceita. O orçamento está aprovado e pode ser enviado.")
        return url_for("quotes.show", quote_id=quote_id)

    return _do(quote_id, act)


@blueprint.post("/orcamentos/<int:quote_id>/enviar")
@requires(Permission.WRITE_QUOTES)
def send(quote_id: int) -> Response:
    """Mail the proposal to the customer."""

    def act(quote: Quote) -> str:
        send_proposal(db.session, proposal=quote.proposal, actor=actor(), now=clock.now())
        flash("Proposta enviada ao cliente por e-mail.")
        return url_for("quotes.show", quote_id=quote_id)

    return _do(quote_id, act)


@blueprint.post("/orcamentos/<int:quote_id>/whatsapp")
@requires(Permission.WRITE_QUOTES)
def send_by_whatsapp(quote_id: int) -> Response:
    """Open the seller's own WhatsApp with the proposal's link in a message."""
    quote = get_quote(db.session, quote_id, actor=actor())
    label = quote_label(quote.proposal_id)
    form = WhatsAppForm.offering(quote.customer.people, prefix=WHATSAPP)

    def prepare(to: Person, sender: Sender) -> str:
        token = prepare_proposal(db.session, proposal=quote.proposal, to=to, actor=actor(), now=clock.now())
        link = absolute_url("quotes.proposal", token=token.secret())
        return proposal_message(to=to, sender=sender, label=label, link=link)

    back = url_for("quotes.show", quote_id=quote_id)
    return pass_on(form, what=f"a proposta {label}", back=back, prepare=prepare)


@blueprint.post("/orcamentos/<int:quote_id>/anular")
@requires(Permission.WRITE_QUOTES)
def void(quote_id: int) -> Response:
    """Close a quote that will not be sold, with a reason."""
    form = VoidForm()
    if not form.validate():
        return _page(quote_id, void_form=form, status=422)

    def act(quote: Quote) -> str:
        void_quote(
            db.session,
            quote=quote,
            reason=form.reason.data,
            note=form.note.data or "",
            actor=actor(),
            now=clock.now(),
        )
        flash("Orçamento anulado.")
        return url_for("quotes.show", quote_id=quote_id)

    return _do(quote_id, act, void_form=form)


def _do(
    quote_id: int,
    act: Callable[[Quote], str],
    *,
    submit_form: SubmitForm | None = None,
    void_form: VoidForm | None = None,
) -> Response:
    """Act on a quote and go where that leads; a refusal is shown on the quote's own page."""
    try:
        return htmx.go_to(act(get_quote(db.session, quote_id, actor=actor())))
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _page(
            quote_id, refusal=refusal, submit_form=submit_form, void_form=void_form, status=refusal.status
        )


def _page(
    quote_id: int,
    *,
    refusal: Refusal | None = None,
    submit_form: SubmitForm | None = None,
    void_form: VoidForm | None = None,
    status: int = 200,
) -> Response:
    page = quote_page(db.session, quote_id, actor=actor(), now=clock.now())
    people = page.version.customer.people
    return htmx.render(
        "quotes/show.html",
        status=status,
        page=page,
        boxes=unprintable(page.version.customer.printed_texts),
        whatsapp_form=WhatsAppForm.offering(people, prefix=WHATSAPP, empty=True),
        refusal=refusal,
        submit_form=submit_form or SubmitForm(formdata=None),
        void_form=void_form or VoidForm(formdata=None),
    )
