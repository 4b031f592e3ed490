"""What the payments room does by the calendar. What asks the processor is a queued job."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.operations import due, expired_requests, expiring, processor
from portal.cards.queries.cards import can_pay_by_card
from portal.cards.rules.cards import COMPARE
from portal.shared import queue
from portal.shared.clock import day_of
from portal.shared.schedule import JobReport, job


@job("expire-card-requests", title="Validade dos links de cartão")
def expire_card_requests(session: Session, *, now: datetime) -> JobReport:
    """Close what nobody answered in time."""
    expired = expired_requests.expire_card_requests(session, now=now)
    return JobReport(
        f"Links expirados: {expired}.", {"expired": expired}, more=expired >= expired_requests.EXPIRED_AT_ONCE
    )


@job("sweep-cards", title="Cartões sem resposta da operadora")
def sweep_cards(session: Session, *, now: datetime) -> JobReport:
    """Ask for what a lost notice of the processor left behind."""
    if not can_pay_by_card():
        return JobReport("Nenhuma operadora de cartão configurada.", {})
    setups, charges, begun = processor.sweep(session, now=now)
    return JobReport(
        f"Cadastros a conferir: {setups}. Cobranças a conferir: {charges}. Cobranças iniciadas: {begun}.",
        {"setups": setups, "charges": charges, "begun": begun},
    )


@job("charge-due-cards", title="Cobrança no cartão no vencimento")
def charge_due_cards(session: Session, *, now: datetime) -> JobReport:
    """Charge what falls due today to the cards that pay it."""
    if not can_pay_by_card():
        return JobReport("Nenhuma operadora de cartão configurada.", {})
    begun = due.charge_due_invoices(session, now=now)
    return JobReport(f"Cobranças iniciadas: {begun}.", {"begun": begun}, more=begun >= due.AT_ONCE)


@job("retry-card-charges", title="Novas tentativas no cartão")
def retry_card_charges(session: Session, *, now: datetime) -> JobReport:
    """Try refused cards again, on the days of the settings."""
    if not can_pay_by_card():
        return JobReport("Nenhuma operadora de cartão configurada.", {})
    begun = due.retry_charges(session, now=now)
    return JobReport(f"Cobranças tentadas de novo: {begun}.", {"begun": begun}, more=begun >= due.AT_ONCE)


@job("tell-expiring-cards", title="Cartões perto do vencimento")
def tell_of_expiring_cards(session: Session, *, now: datetime) -> JobReport:
    """Tell payers 30 and 7 days before that their card ends."""
    if not can_pay_by_card():
        return JobReport("Nenhuma operadora de cartão configurada.", {})
    told = expiring.tell_of_expiring_cards(session, now=now)
    return JobReport(f"Avisos de cartão perto do vencimento: {told}.", {"told": told})


@job("compare-card-charges", title="Conferência com a operadora de cartão")
def compare_card_charges(session: Session, *, now: datetime) -> JobReport:
    """Have the processor's succeeded charges compared with ours."""
    if not can_pay_by_card():
        return JobReport("Nenhuma operadora de cartão configurada.", {})
    queue.enqueue(session, COMPARE, subject_id=day_of(now).toordinal(), now=now)
    return JobReport("Conferência pedida.", {})
