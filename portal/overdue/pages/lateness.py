"""What pages say of a service that is late: the state, why, and what exactly releases it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.contracts.pages.progress import StepsAfterPayment
from portal.contracts.rules.progress import Step, StepAction
from portal.contracts.rules.states import IN_FORCE
from portal.customers.queries.history import HistoryBesideLog, HistoryRows, Told
from portal.customers.queries.reading import SituationOfCustomer
from portal.customers.rules import Need, Situation
from portal.overdue.queries import history
from portal.overdue.queries.standing import LateService, find_late, list_late_of_customer
from portal.overdue.queries.trust import offer_to
from portal.overdue.rules.lateness import ReleaseReason
from portal.overdue.rules.trust import TrustOffer, countdown
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.subscriptions.rules import OVERDUE_POLICIES, UNPAID

A_DAY = timedelta(days=1)
TITLE = "Pagamento"
TONES = {
    ServiceState.GRACE: "waiting",
    ServiceState.OVERDUE: "needs",
    ServiceState.TRUSTED: "needs",
    ServiceState.SUSPENDED: "refused",
}


def service_steps(session: Session, asked: StepsAfterPayment) -> Sequence[Step]:
    """How the service of a loaded contract in force stands with what it owes."""
    if asked.contract.state not in IN_FORCE:
        return ()
    today = day_of(asked.now)
    late = find_late(session, asked.contract.id, today=today)
    if late is None:
        return (Step(title=TITLE, state_words=ServiceState.CURRENT.label, since=None, tone="good"),)
    words = f"{late.state.label}: {why(late, today)} {what_releases(late, today)}"
    words += _when_it_may_end(session, late)
    return (
        Step(
            title=TITLE,
            state_words=words,
            since=late.suspended_at,
            tone=TONES[late.state],
            action=_first_invoice(late),
        ),
    )


def situation_of_customer(session: Session, asked: SituationOfCustomer) -> Situation:
    """What of a customer's services is late or suspended, and what releases it."""
    today = day_of(asked.now)
    late = list_late_of_customer(session, asked.customer.id, today=today)
    needs = [need for each in late if (need := _need(each, today))]
    if any(each.state is ServiceState.SUSPENDED for each in late):
        needs.append(_trust_need(offer_to(session, asked.customer.id, today=today), asked.customer.id))
    return Situation(needs=tuple(needs))


def history_beside_log(_session: Session, asked: HistoryBesideLog) -> Sequence[HistoryRows]:
    """Notices, suspensions and releases of a customer."""
    customer = asked.customer
    return (
        HistoryRows(
            name="overdue_notices",
            kind="avisos",
            rows=history.notices(customer),
            in_words=_notice_words,
        ),
        HistoryRows(
            name="suspensions",
            kind="faturas",
            rows=history.suspensions(customer),
            in_words=_suspension_words,
        ),
        HistoryRows(
            name="releases", kind="faturas", rows=history.releases(customer), in_words=_release_words
        ),
    )


def why(late: LateService, today: date) -> str:
    """Which invoices are late, and what follows: "a fatura 000012, de R$ 199,90, venceu em 15/07/2026." """
    overdue = [invoice for invoice in late.invoices if invoice.due_on < today]
    if not overdue:
        agreed = "o que venceu está em um acordo, e a entrada ainda não foi paga."
        present = "o que venceu foi pago, e a mensalidade atual ainda não."
        return agreed if late.facts.awaits_entry else present
    first, more = overdue[0], len(overdue) - 1
    others = "" if not more else ", e mais 1 fatura" if more == 1 else f", e mais {more} faturas"
    words = (
        f"a fatura {first.label}, de {format_money(first.open_cents)}, venceu em "
        f"{format_date(first.due_on)}{others}."
    )
    if late.facts.is_settling:
        return f"{words} O boleto foi pago e está em compensação."
    if late.state is ServiceState.TRUSTED and late.facts.trusted_until:
        until = late.facts.trusted_until
        return f"{words} Liberado em confiança até {format_date(until)}: {countdown(until, today)}."
    if late.state is ServiceState.SUSPENDED and late.suspended_at:
        return f"{words} Sem serviço desde {format_date(day_of(late.suspended_at))}."
    if late.facts.suspends_on:
        last_day = format_date(late.facts.suspends_on - A_DAY)
        return f"{words} Sem pagamento até {last_day}, o serviço é suspenso."
    return words


def what_releases(late: LateService, today: date) -> str:
    """What exactly has to be paid, and by which way it counts at once."""
    if late.facts.awaits_entry:
        verb = "fica liberado" if late.state is ServiceState.TRUSTED else "volta"
        return f"O serviço {verb} quando a entrada do acordo for paga: por Pix ou cartão, na hora."
    by_all = late.state in UNPAID and OVERDUE_POLICIES[late.kind].released_by_all
    wanted = [invoice for invoice in late.invoices if by_all or invoice.due_on < today] or late.invoices
    if not wanted:
        return ""
    labels = " e ".join(filter(None, [", ".join(each.label for each in wanted[:-1]), wanted[-1].label]))
    which = f"a fatura {labels}" if len(wanted) == 1 else f"as faturas {labels}"
    cents = format_money(sum(invoice.open_cents for invoice in wanted))
    amount = f"{cents} mais os encargos do dia" if late.facts.late_since else cents
    verbs = {ServiceState.SUSPENDED: "O serviço volta", ServiceState.TRUSTED: "O serviço fica liberado"}
    verb = verbs.get(late.state, "Fica em dia")
    paid = "for paga" if len(wanted) == 1 else "forem pagas"
    return f"{verb} quando {which} ({amount}) {paid}: por Pix ou cartão, na hora."


def _need(late: LateService, today: date) -> Need | None:
    if late.state is ServiceState.GRACE or not late.invoices:
        return None
    return Need(
        text=f"{late.plan_name} {late.state.label.lower()}: {why(late, today)} {what_releases(late, today)}",
        action="Ver fatura",
        endpoint="invoices.show",
        values={"invoice_id": late.invoices[0].id},
    )


def _trust_need(offer: TrustOffer, customer_id: int) -> Need:
    words = offer.why_not
    if offer.until:
        words = f"O serviço pode voltar em confiança até {format_date(offer.until)}, antes do pagamento."
    return Need(
        text=words,
        action="Liberar em confiança" if offer.until else "Ver liberação em confiança",
        endpoint="overdue.trust",
        values={"customer_id": customer_id},
    )


def _first_invoice(late: LateService) -> StepAction | None:
    if not late.invoices:
        return None
    return StepAction(
        label="Ver fatura",
        endpoint="invoices.show",
        values={"invoice_id": late.invoices[0].id},
        opens=True,
    )


def _when_it_may_end(session: Session, late: LateService) -> str:
    if late.suspended_at is None or not OVERDUE_POLICIES[late.kind].may_end:
        return ""
    day = day_of(late.suspended_at) + timedelta(days=value(session, Name.TELECOM_END_DAYS))
    return f" O contrato pode ser encerrado a partir de {format_date(day)}."


def _notice_words(facts: Mapping[str, Any]) -> Told:
    amount = format_money(facts["amount_cents"])
    day = format_date(date.fromisoformat(facts["suspends_on"]) - A_DAY)
    summary = f"Aviso de suspensão: {facts['reason']}, {amount}. Prazo para pagar: {day}"
    return Told(summary, "overdue_notices", facts["invoice_id"])


def _suspension_words(facts: Mapping[str, Any]) -> Told:
    summary = f"Serviço {facts['plan_name']} suspenso: {facts['reason']}"
    return Told(summary, "suspensions", facts["invoice_id"])


def _release_words(facts: Mapping[str, Any]) -> Told:
    reason = ReleaseReason(facts["release_reason"])
    return Told(f"Serviço {facts['plan_name']} liberado: {reason.label}", "suspensions", facts["invoice_id"])
