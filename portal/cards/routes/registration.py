"""The customer's page behind a card link, without a password. The card never passes here."""

from flask import Response, flash, url_for

from portal.cards.operations import requests as card_requests
from portal.cards.operations import setup as card_setup
from portal.cards.pages.links import CardPage, card_page
from portal.cards.queries.cards import card_settings, get_card_link, get_request
from portal.cards.routes.blueprint import blueprint
from portal.cards.rules.cards import REFUSALS, LinkNotOpen
from portal.cards.rules.messages import card_message
from portal.contracts.queries.reading import get_contract
from portal.shared import clock, htmx, security, tokens, visits
from portal.shared.auth import Permission, actor, public, requires
from portal.shared.db import db
from portal.shared.mail import absolute_url
from portal.shared.refusals import Refusal
from portal.shared.whatsapp import Person, Sender
from portal.shared.whatsapp_form import WhatsAppForm, pass_on


@blueprint.get("/cartao/<token>")
@public
def register_card(token: str) -> Response:
    """Who asks, what will be charged and when, and where the card is typed. Opening it uses nothing up."""
    now = clock.now()
    link = get_card_link(db.session, token, now=now)
    if tokens.is_valid(link, now) and visits.is_customers():
        asked = get_request(db.session, link.subject_id)
        card_requests.record_opening(db.session, request=asked, now=now)
    return _show(card_page(db.session, link, now=now), token)


@blueprint.post("/cartao/<token>/preparo")
@public
def card_setup_again(token: str) -> Response:
    """Have the processor get ready once more, after a registration it closed."""
    now = clock.now()
    link = get_card_link(db.session, token, now=now)
    if not tokens.is_valid(link, now):
        raise LinkNotOpen
    asked = get_request(db.session, link.subject_id)
    card_requests.start_setup(db.session, request=asked, now=now)
    return htmx.go_to(url_for("cards.register_card", token=token))


@blueprint.post("/cartao/<token>/conferir")
@public
def card_told(token: str) -> Response:
    """The browser says that the processor took the card: the processor is asked."""
    now = clock.now()
    link = get_card_link(db.session, token, now=now)
    card_setup.report_confirmation(db.session, token=link, now=now)
    return htmx.go_to(url_for("cards.register_card", token=token))


@blueprint.post("/contratos/<int:contract_id>/cartao")
@requires(Permission.WRITE_CONTRACTS)
def card_resend(contract_id: int) -> Response:
    """Mail the card link of a contract, once more or for another card."""
    contract = get_contract(db.session, contract_id, actor=actor())
    try:
        sent = card_requests.resend_card_request(
            db.session, contract=contract, actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(f"Enviamos o link do cartão para {sent.to_email}.", "success")
    return htmx.go_to(url_for("contracts.show", contract_id=contract_id))


@blueprint.post("/contratos/<int:contract_id>/cartao/whatsapp")
@requires(Permission.WRITE_CONTRACTS)
def card_by_whatsapp(contract_id: int) -> Response:
    """Open the sender's own WhatsApp with a contract's card link in a message."""
    contract = get_contract(db.session, contract_id, actor=actor())

    def prepare(to: Person, sender: Sender) -> str:
        asked, token = card_requests.prepare_card_link(
            db.session, contract=contract, to=to, actor=actor(), now=clock.now()
        )
        return card_message(
            to=to,
            sender=sender,
            label=contract.label,
            last_day=clock.day_of(asked.expires_at),
            link=absolute_url("cards.register_card", token=token.secret()),
        )

    return pass_on(
        WhatsAppForm.offering(contract.customer.people, prefix="cartao"),
        what=f"o cadastro do cartão do contrato {contract.label}",
        back=url_for("contracts.show", contract_id=contract_id),
        prepare=prepare,
    )


def _show(page: CardPage, secret: str) -> Response:
    if htmx.is_htmx() and not page.waits:  # what it waited for is there
        return htmx.go_to(url_for("cards.register_card", token=secret))
    settings = card_settings()
    if page.is_open and settings is not None:
        security.allow_sources(settings.content_sources)
    answer = htmx.render(
        "cards/registration.html",
        block="state",
        page=page,
        token=secret,
        cards=settings,
        refusals=REFUSALS,
    )
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
