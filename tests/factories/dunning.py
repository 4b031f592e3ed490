"""Dunning for tests: a policy, a run with a reminder to make by phone, and a customer left alone."""

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.dunning.models import DunningMessage, DunningPolicy, DunningRun
from portal.dunning.operations.holds import hold
from portal.dunning.operations.policies import make_policy
from portal.dunning.queries.reading import find_policy, find_run_of
from portal.dunning.rules.sending import HoldKind, RunState
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.dunning.rules.ways import step_template
from portal.invoices.models import Invoice
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.whatsapp.operations.templates import ensure_templates
from tests.factories.quotes import NOON, House
from tests.support.remembered import remembered

REMINDER = Step(2, Channel.EMAIL, Audience.EVERYBODY, 0, "Fatura {fatura}", "Venceu em {vencimento}.")
CALL = Step(8, Channel.PHONE, Audience.EVERYBODY, 0, "Ligar: {fatura}", "Olá, {nome}! {valor} em aberto.")


@remembered
def policy_of(session: Session, *steps: Step, actor: Actor) -> DunningPolicy:
    """A policy in force."""
    return make_policy(session, steps=steps or (REMINDER, CALL), actor=actor, now=NOON)


def dunning_of(session: Session, house: House, invoice: Invoice, customer: Customer) -> dict[str, str]:
    """For the town: the one run, a call in it about an invoice of a house, and a customer in hold."""
    policy = find_policy(session) or policy_of(session, actor=house.admin)
    session.refresh(policy, ["steps"])
    run = find_run_of(session, day_of(NOON))
    if run is None:
        run = DunningRun(day=day_of(NOON), policy_id=policy.id, state=RunState.PREPARED, prepared_at=NOON)
        session.add(run)
        session.flush()
    message = DunningMessage(
        run_id=run.id,
        step_id=policy.steps[-1].id,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        contract_id=invoice.contract_id,
        invoice_id=invoice.id,
        channel=Channel.PHONE,
        days=8,
        open_cents=invoice.open_cents,
    )
    session.add(message)
    held = hold(
        session,
        customer=customer,
        kind=HoldKind.OPT_OUT,
        until_on=None,
        reason="Pediu para não receber",
        actor=house.admin,
        now=NOON,
    )
    session.flush()
    text = step_template("Lembrete de {fatura}.", "Portal Sistemas")
    template = ensure_templates(session, [text], now=NOON)[text.name]
    return {
        "dunning_message": str(message.id),
        "dunning_hold": str(held.id),
        "whatsapp_template": str(template.id),
    }
