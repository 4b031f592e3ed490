"""`create_app()`: the only file that knows every room."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import navigation, providers, reactions
from portal.agreements import routes as agreements
from portal.banking import routes as banking
from portal.banking import webhooks as bank_webhooks
from portal.cancellations import routes as cancellations
from portal.cards import routes as cards
from portal.cards import webhooks as card_webhooks
from portal.catalog import cli as catalog_cli
from portal.catalog import routes as catalog
from portal.checkout import routes as checkout
from portal.config import Settings
from portal.contracts import routes as contracts
from portal.customers import routes as customers
from portal.dashboard import routes as dashboard
from portal.demo import cli as demo_cli
from portal.demo.accounts import sign_ins
from portal.demo.clock import routes as demo_clock
from portal.documents import routes as documents
from portal.dunning import routes as dunning
from portal.gateways.cards.stripe import StripeCards
from portal.gateways.mail.smtp import SmtpGateway
from portal.gateways.nfse.certificate import note_key
from portal.gateways.nfse.sefin import SefinNfse
from portal.gateways.pix.bacen import BacenPix
from portal.gateways.seal.pades import PadesSeal
from portal.gateways.whatsapp.cloud import CloudApi
from portal.invoices import cli as invoices_cli
from portal.invoices import routes as invoices
from portal.notices import NOTICES
from portal.overdue import routes as overdue
from portal.partners import routes as partners
from portal.partners.queries.actors import find_actor
from portal.payouts import cli as payouts_cli
from portal.payouts import routes as payouts
from portal.quotes import routes as quotes
from portal.readjustments import cli as readjustments_cli
from portal.readjustments import routes as readjustments
from portal.receipts import routes as receipts
from portal.referrals import routes as referrals
from portal.sandbox_bank import routes as sandbox_bank
from portal.schedule import DEMO_TIMETABLE, JOB_KINDS, TIMETABLE
from portal.settings import routes as settings_room
from portal.settings.queries import mail_limits
from portal.shared import (
    auth,
    clock,
    compiled,
    compression,
    database_cli,
    db,
    errors,
    events,
    filters,
    health,
    htmx,
    jobs_cli,
    logging,
    login,
    mail,
    notices,
    questions,
    queue,
    schedule,
    security,
    transactions,
)
from portal.shared.fields import LARGEST_FILE
from portal.signatures import cli as signatures_cli
from portal.signatures import routes as signatures
from portal.subscribers import routes as subscribers
from portal.tasks import routes as tasks
from portal.tax_notes import routes as tax_notes
from portal.users import cli as users_cli
from portal.users import routes as users
from portal.users.operations.sessions import note_use
from portal.whatsapp import routes as whatsapp
from portal.whatsapp import webhooks as whatsapp_webhooks

SEEN_EVERY = timedelta(minutes=5)  # a session's use is written no more often
ROOT = Path(__file__).resolve().parent.parent
MAX_REQUEST_BYTES = 3 * LARGEST_FILE  # one somewhat too large is refused in words at its field
ROOMS = (
    settings_room,
    users,
    partners,
    catalog,
    customers,
    tasks,
    whatsapp,
    documents,
    signatures,
    quotes,
    contracts,
    invoices,
    readjustments,
    tax_notes,
    receipts,
    cards,
    banking,
    agreements,
    overdue,
    checkout,
    subscribers,
    sandbox_bank,
    payouts,
    referrals,
    dunning,
    cancellations,
    dashboard,
)
WEBHOOKS = (bank_webhooks, card_webhooks, whatsapp_webhooks)  # they add their views to their room's blueprint


class Portal(Flask):
    """Flask whose faults outside of views, as a COMMIT that fails, are logged without the address asked for.

    It does not ask of every view and hook, on every request, whether it is a coroutine.
    """

    session_interface = security.PageSessions()

    def log_exception(self, exc_info: Any) -> None:
        errors.log_fault(exc_info[1])

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The portal, ready to serve.

    Raises:
        portal.config.SettingsError: a setting is missing or broken.
    """
    settings = settings or Settings.from_environment(os.environ)
    app = Portal("portal", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.testing = settings.environment == "test"
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FILE,
        PORTAL=settings,
    )
    if settings.trusted_proxies:  # else anybody could claim any address by a header
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _stand_on_shared(app, settings)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    events.init_app(app, reactions=reactions.REACTIONS)
    questions.init_app(app, providers=providers.PROVIDERS)
    if settings.demo_clock:
        demo_clock.init_app(app)
    if settings.environment != "production":  # their password is known to everybody
        app.extensions["portal.demo_sign_ins"] = sign_ins()
    app.cli.add_command(database_cli.group)
    app.cli.add_command(users_cli.group)
    app.cli.add_command(catalog_cli.group)
    app.cli.add_command(jobs_cli.group)
    app.cli.add_command(invoices_cli.group)
    app.cli.add_command(payouts_cli.group)
    app.cli.add_command(readjustments_cli.group)
    app.cli.add_command(demo_cli.group)
    app.cli.add_command(signatures_cli.group)
    return app


def _stand_on_shared(app: Flask, settings: Settings) -> None:
    logging.init_app(app, level=settings.log_level)
    db.init_app(app, database_url=settings.database_url)
    compression.init_app(app)  # first, so that it sees the answer last
    app.after_request(users.note_forbidden)  # before the transactions, so that it comes after their end
    transactions.init_app(app)
    login.init_app(
        app,
        load_actor=_load_actor,
        offer_to_resume=users.offer_to_resume,
        ask_to_confirm=users.ask_to_confirm,
        ask_for_factor=users.ask_for_factor,
    )
    security.init_app(app, https=settings.https)
    errors.init_app(app)
    compiled.init_app(app)
    filters.init_app(app)
    htmx.init_app(app)
    navigation.init_app(app)
    mail.init_app(
        app,
        gateway=_mail_gateway(settings),
        sender=settings.mail_from,
        base_url=settings.base_url,
        limits=mail_limits(),
    )
    notices.init_app(app, kinds=NOTICES)
    schedule.init_app(app, timetable=TIMETABLE + (DEMO_TIMETABLE if settings.demo_clock else ()))
    queue.init_app(app, kinds=JOB_KINDS)
    health.init_app(app)
    app.extensions["portal.cards"] = _card_gateway(settings)
    app.extensions["portal.seal"] = _seal(settings)
    app.extensions["portal.nfse"] = _tax_office(settings)
    app.extensions["portal.whatsapp"] = CloudApi(settings.whatsapp) if settings.whatsapp else None
    bank = settings.bank
    app.extensions["portal.pix"] = BacenPix(url=bank.pix_url, token=bank.pix_token) if bank.pix_url else None


def _mail_gateway(settings: Settings) -> SmtpGateway:
    return SmtpGateway(
        host=settings.mail_host,
        port=settings.mail_port,
        user=settings.mail_user,
        password=settings.mail_password,
        tls=settings.mail_tls,
    )


def _seal(settings: Settings) -> PadesSeal:
    gateway = PadesSeal(settings.seal)
    gateway.require_certificate(now=clock.now())
    return gateway


def _card_gateway(settings: Settings) -> StripeCards | None:
    cards = settings.cards
    if cards is None:
        return None
    return StripeCards(
        secret_key=cards.secret_key,
        webhook_secret=cards.webhook_secret,
        api_url=cards.sandbox_url,
        is_sandbox=cards.sandbox_url is not None,
    )


def _tax_office(settings: Settings) -> SefinNfse | None:
    if settings.nfse is None:
        return None
    return SefinNfse(settings.nfse, settings.company, open_key=note_key(settings.nfse, settings.seal))


def _load_actor(session_token: str) -> auth.Actor | None:
    now = clock.now()
    with transactions.reading() as connection:
        person = find_actor(connection, session_token, now=now)
    if person and person.last_seen_at and person.last_seen_at < now - SEEN_EVERY:
        with Session(db.db.engine) as session, session.begin():  # kept whatever the request does
            note_use(session, session_token=session_token, now=now)
    return person
