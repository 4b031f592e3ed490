"""What the payments room does outside after its transactions: the card processor's part."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from portal.cards.operations import charging, processor
from portal.cards.operations import setup as card_setup
from portal.cards.operations.charging import ChargeOutcome, ChargeToMake
from portal.cards.rules import cards as rules
from portal.cards.rules.cards import ChargeState, KeptCard
from portal.gateways.cards.interface import (
    CardFacts,
    CardGateway,
    CardsUnavailable,
    ChargeOrder,
    ChargeReport,
    SetupOrder,
    SetupReport,
    SetupStatus,
)
from portal.shared.clock import at_sao_paulo
from portal.shared.errands import ErrandKind, Lane, TryLater

log = logging.getLogger(__name__)

COMPARED_DAYS = 3


def _cards() -> CardGateway:
    gateway: CardGateway | None = current_app.extensions["portal.cards"]
    if gateway is None:
        raise TryLater("no card processor is configured")
    return gateway


def _ask[Asked, T](call: Callable[[Asked], T], about: Asked) -> T:
    try:
        return call(about)
    except CardsUnavailable as error:
        raise TryLater(f"the card processor does not answer: {error}") from error


def _prepare_setup(request: card_setup.SetupToPrepare) -> SetupReport:
    order = SetupOrder(
        key=request.key,
        customer=request.customer,
        customer_key=request.customer_key,
        name=request.name,
        email=request.email,
        look_first=request.look_first,
    )
    return _ask(_cards().prepare_setup, order)


def _settle_preparation(session: Session, setup_id: int, report: SetupReport, *, now: datetime) -> None:  # noqa: ARG001
    card_setup.settle_preparation(
        session,
        setup_id,
        processor_setup=report.id,
        processor_customer=report.customer,
        secret=report.secret,
    )


def _get_setup(reference: str) -> SetupReport:
    return _ask(_cards().get_setup, reference)


def _settle_setup(session: Session, setup_id: int, report: SetupReport, *, now: datetime) -> None:
    card = _kept(report.card) if report.card else None
    is_over = report.status is SetupStatus.CANCELED
    card_setup.settle_setup(session, setup_id, card=card, is_over=is_over, now=now)


def _kept(facts: CardFacts) -> KeptCard:
    return KeptCard(
        method=facts.method,
        brand=facts.brand,
        last4=facts.last4,
        exp_month=facts.exp_month,
        exp_year=facts.exp_year,
    )


def _charge(request: ChargeToMake) -> ChargeReport | None:
    if request.processor_charge is not None:
        return _ask(_cards().get_charge, request.processor_charge)
    order = ChargeOrder(
        key=request.key,
        customer=request.customer,
        method=request.method,
        amount_cents=request.amount_cents,
        currency=request.currency,
        look_first=request.look_first,
        look_only=request.look_only,
    )
    return _ask(_cards().charge, order)


def _settle_charge(session: Session, charge_id: int, report: ChargeReport | None, *, now: datetime) -> None:
    outcome = _outcome_of(report) if report else None
    charging.settle_charge(session, charge_id, outcome=outcome, now=now)


def _find_charge_to_cancel(session: Session, charge_id: int, *, now: datetime) -> str | None:  # noqa: ARG001
    return charging.find_charge_to_cancel(session, charge_id)


def _cancel_charge(reference: str) -> ChargeReport:
    return _ask(_cards().cancel_charge, reference)


def _begin_comparison(_session: Session, ordinal: int, *, now: datetime) -> datetime:  # noqa: ARG001
    return at_sao_paulo(date.fromordinal(ordinal) - timedelta(days=COMPARED_DAYS)).astimezone(UTC)


def _list_succeeded(since: datetime) -> tuple[datetime, list[ChargeReport]]:
    def listed(instant: datetime) -> list[ChargeReport]:
        return list(_cards().list_succeeded(since=instant))

    return since, _ask(listed, since)


def _settle_comparison(
    session: Session, _ordinal: int, found: tuple[datetime, list[ChargeReport]], *, now: datetime
) -> None:
    since, reports = found
    pairs = [(report.key, _outcome_of(report)) for report in reports]
    for difference in processor.compare(session, succeeded=pairs, since=since, now=now):
        log.error("card charges differ: %s", difference)


def _outcome_of(report: ChargeReport) -> ChargeOutcome:
    return ChargeOutcome(
        processor_charge=report.id,
        state=ChargeState(report.status.value),
        amount_cents=report.amount_cents,
        currency=report.currency,
        secret=report.secret,
        reason=report.reason,
        paid_at=report.paid_at,
    )


ERRANDS = (
    ErrandKind(
        name=rules.PREPARE_SETUP,
        title="Preparar cadastro do cartão",
        lane=Lane.CARD,
        prepare=card_setup.prepare_setup,
        do=_prepare_setup,
        settle=_settle_preparation,
    ),
    ErrandKind(
        name=rules.CHECK_SETUP,
        title="Conferir cadastro do cartão",
        lane=Lane.CARD,
        prepare=card_setup.find_setup_to_check,
        do=_get_setup,
        settle=_settle_setup,
    ),
    ErrandKind(
        name=rules.CHARGE,
        title="Cobrar cartão",
        lane=Lane.CARD,
        prepare=charging.prepare_charge,
        do=_charge,
        settle=_settle_charge,
    ),
    ErrandKind(
        name=rules.CANCEL_CHARGE,
        title="Cancelar cobrança no cartão",
        lane=Lane.CARD,
        prepare=_find_charge_to_cancel,
        do=_cancel_charge,
        settle=_settle_charge,
    ),
    ErrandKind(
        name=rules.COMPARE,
        title="Comparar cobranças com a operadora",
        lane=Lane.CARD,
        prepare=_begin_comparison,
        do=_list_succeeded,
        settle=_settle_comparison,
    ),
)
