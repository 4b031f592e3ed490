"""Contas de cobrança: accounts at banks, and which one receives what."""

from flask import Response, flash, url_for

from portal.banking.forms import AccountForm, ChangedAccountForm
from portal.banking.operations.accounts import change_account, open_account
from portal.banking.queries import account as queries
from portal.banking.routes.blueprint import blueprint
from portal.banking.rules.accounts import BANKS
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal


@blueprint.get("/contas-de-cobranca")
@requires(Permission.MANAGE_SETTINGS)
def accounts() -> Response:
    """All accounts, and the form of a new one."""
    return _list_page(AccountForm(formdata=None))


@blueprint.post("/contas-de-cobranca")
@requires(Permission.MANAGE_SETTINGS, confirmed=True)
def account_open() -> Response:
    """Add an account."""
    form = AccountForm()
    if not form.validate():
        return _list_page(form, status=422)
    try:
        open_account(db.session, values=form.values(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _list_page(form, status=refusal.status)
    flash("Conta criada. Gere uma remessa de teste e combine a homologação com o banco.")
    return htmx.go_to(url_for("banking.accounts"))


@blueprint.get("/contas-de-cobranca/<int:account_id>")
@requires(Permission.MANAGE_SETTINGS)
def account(account_id: int) -> Response:
    """One account."""
    row = queries.get_account(db.session, account_id)
    return _page(account_id, ChangedAccountForm(formdata=None, obj=row, is_closed=row.closed_at is not None))


@blueprint.post("/contas-de-cobranca/<int:account_id>")
@requires(Permission.MANAGE_SETTINGS, confirmed=True)
def account_save(account_id: int) -> Response:
    """Change what of an account can change."""
    form = ChangedAccountForm()
    queries.get_account(db.session, account_id)
    if not form.validate():
        return _page(account_id, form, status=422)
    try:
        change_account(
            db.session, account_id=account_id, values=form.values(), actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(account_id, form, status=refusal.status)
    flash("Conta salva.")
    return htmx.go_to(url_for("banking.accounts"))


def _list_page(form: AccountForm, *, status: int = 200) -> Response:
    return htmx.render(
        "banking/accounts.html",
        status=status,
        form=form,
        accounts=queries.list_accounts(db.session),
        banks=BANKS,
    )


def _page(account_id: int, form: ChangedAccountForm, *, status: int = 200) -> Response:
    row = queries.get_account(db.session, account_id)
    return htmx.render("banking/account.html", status=status, form=form, account=row, bank=BANKS[row.bank])
