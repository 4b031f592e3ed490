"""Registering and editing a customer."""

from typing import Any

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.customers import operations, rules
from portal.customers.forms.customer import CustomerForm, PartnerCustomerForm
from portal.customers.models import Customer
from portal.customers.queries import reading as queries
from portal.customers.routes.blueprint import blueprint
from portal.customers.rules import AlreadyRegistered, ChangedMeanwhile
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db, whole_number


@blueprint.get("/clientes/novo")
@requires(Permission.EDIT_CUSTOMERS)
def new() -> ResponseReturnValue:
    """An empty form."""
    form = _new_form(None)
    if not form.contacts.entries:
        form.change_contacts(add=True, remove=None)
    return _show(form)


@blueprint.post("/clientes/novo")
@requires(Permission.EDIT_CUSTOMERS)
def register() -> ResponseReturnValue:
    """Register the customer, or say at the field what is wrong."""
    form = _new_form(request.form)
    if _changes_contacts(form):
        return _show(form, block="contacts")
    if not form.validate():
        return _show(form, status=422)
    partner_id = actor().partner_id or int(form["partner_id"].data)
    try:
        customer = operations.register_customer(
            db.session, partner_id=partner_id, details=form.to_details(), actor=actor(), now=clock.now()
        )
    except AlreadyRegistered as known:
        return _already_registered(form, known)
    flash("Cliente cadastrado.")
    return htmx.go_to(url_for("customers.record", customer_id=customer.id))


@blueprint.get("/clientes/<int:customer_id>/editar")
@requires(Permission.EDIT_CUSTOMERS)
def edit(customer_id: int) -> ResponseReturnValue:
    """The form with what is registered."""
    customer = queries.get_customer(db.session, customer_id, actor=actor())
    form = CustomerForm(obj=queries.details_of(customer), lock_version=customer.lock_version)
    return _show(form, customer)


@blueprint.post("/clientes/<int:customer_id>/editar")
@requires(Permission.EDIT_CUSTOMERS)
def change(customer_id: int) -> ResponseReturnValue:
    """Save the changes, unless somebody else saved first."""
    customer = queries.get_customer(db.session, customer_id, actor=actor())
    form = CustomerForm(request.form)
    if _changes_contacts(form):
        return _show(form, customer, block="contacts")
    if not form.validate():
        return _show(form, customer, status=422)
    version = form.lock_version.data or 0
    try:
        changed = operations.change_customer(
            db.session,
            customer=customer,
            lock_version=version,
            details=form.to_details(),
            actor=actor(),
            now=clock.now(),
        )
    except AlreadyRegistered as known:
        return _already_registered(form, known, customer_id)
    except ChangedMeanwhile as conflict:
        return _changed_meanwhile(form, conflict, customer_id)
    flash("Alterações salvas." if changed else "Nada mudou: o cadastro já estava assim.")
    return htmx.go_to(url_for("customers.record", customer_id=customer_id))


def _new_form(typed: Any) -> CustomerForm:
    if actor().role.of_partner:
        return CustomerForm(typed)
    form = PartnerCustomerForm(typed)
    partners = queries.list_partners(db.session, actor())
    form.partner_id.offer([("", "Escolha"), *((str(row.id), row.trade_name) for row in partners)])
    return form


def _changes_contacts(form: CustomerForm) -> bool:
    """Whether a button of the contacts was pressed, not the one that saves."""
    add, remove = "add_contact" in request.form, request.form.get("remove_contact", type=whole_number)
    if not add and remove is None:
        return False
    form.change_contacts(add=add, remove=remove)
    return True


def _already_registered(
    form: CustomerForm, known: AlreadyRegistered, customer_id: int | None = None
) -> Response:
    db.session.rollback()
    form.document.errors = [known.message]
    customer = queries.get_customer(db.session, customer_id, actor=actor()) if customer_id else None
    return _show(form, customer, known=known, status=422)


def _changed_meanwhile(form: CustomerForm, conflict: ChangedMeanwhile, customer_id: int) -> Response:
    """The form again with what was typed; saving once more overwrites knowingly."""
    db.session.rollback()
    customer = queries.get_customer(db.session, customer_id, actor=actor())
    compared = rules.side_by_side(queries.details_of(customer), form.to_details())
    form.lock_version.raw_data = None
    form.lock_version.data = customer.lock_version
    return _show(form, customer, conflict=conflict, compared=compared, status=conflict.status)


def _show(
    form: CustomerForm,
    customer: Customer | None = None,
    *,
    block: str | None = None,
    status: int = 200,
    **context: object,
) -> Response:
    return htmx.render(
        "customers/form.html", block=block, status=status, form=form, customer=customer, **context
    )
