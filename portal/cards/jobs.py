"""What the card processor is asked, outside of any transaction."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from portal.cards.operations import charging, events, processor, refunds
from portal.cards.operations import setup as card_setup
from portal.cards.rules import cards as rules
from portal.cards.rules.disputes import TAKE_EVENT
from portal.gateways.cards.interface import CardGateway, CardsUnavailable
from portal.gateways.cards.messages import (
    ChargeOrder,
    ChargeReport,
    RefundOrder,
    RefundReport,
    SetupOrder,
    SetupReport,
)
from portal.receipts.rules.refunds import CHECK_REFUNDS, REFUND_CARD
from portal.shared.clock import at_sao_paulo, inside, outside
from portal.shared.queue import JobKind, Lane, TryLater, local_job

log = logging.getLogger(__name__)

COMPARED_DAYS = 3


def _prepare_setup(order: SetupOrder) -> SetupReport:
    return _ask(lambda cards: cards.prepare_setup(order))


def _get_setup(reference: str) -> SetupReport:
    return _ask(lambda cards: cards.get_setup(reference))


def _charge(asked: ChargeOrder | str) -> ChargeReport | None:
    """A charge that the processor knows is asked for by its reference."""
    if isinstance(asked, str):
        return _as_here(_ask(lambda cards: cards.get_charge(asked)))
    return _as_here(_ask(lambda cards: cards.charge(asked)))


def _as_here(report: ChargeReport | None) -> ChargeReport | None:
    """The processor's clock is its own."""
    if report is None or report.paid_at is None:
        return report
    return replace(report, paid_at=inside(report.paid_at))


def _cancel_charge(reference: str) -> ChargeReport:
    return _ask(lambda cards: cards.cancel_charge(reference))


def _refund(order: RefundOrder) -> RefundReport | None:
    return _ask(lambda cards: cards.refund(order))


def _list_refunds(charge: str) -> list[RefundReport]:
    return _ask(lambda cards: list(cards.list_refunds(charge)))


def _begin_comparison(_session: Session, ordinal: int, *, now: datetime) -> datetime:  # noqa: ARG001
    return at_sao_paulo(date.fromordinal(ordinal) - timedelta(days=COMPARED_DAYS)).astimezone(UTC)


def _list_succeeded(since: datetime) -> tuple[datetime, list[ChargeReport]]:
    return since, _ask(lambda cards: list(cards.list_succeeded(since=outside(since))))


def _settle_comparison(
    session: Session, _ordinal: int, found: tuple[datetime, list[ChargeReport]], *, now: datetime
) -> None:
    since, succeeded = found
    for difference in processor.compare(session, succeeded=succeeded, since=since, now=now):
        log.error("card charges differ: %s", difference)


def _ask[T](call: Callable[[CardGateway], T]) -> T:
    gateway: CardGateway | None = current_app.extensions["portal.cards"]
    if gateway is None:
        raise TryLater("no card processor is configured")
    try:
        return call(gateway)
    except CardsUnavailable as error:
        raise TryLater(f"the card processor does not answer: {error}") from error


JOBS = (
    JobKind(
        name=rules.PREPARE_SETUP,
        title="Preparar cadastro do cartão",
        lane=Lane.CARD,
        before=card_setup.prepare_setup,
        call=_prepare_setup,
        record=card_setup.record_preparation,
    ),
    JobKind(
        name=rules.CHECK_SETUP,
        title="Conferir cadastro do cartão",
        lane=Lane.CARD,
        before=card_setup.find_setup_to_check,
        call=_get_setup,
        record=card_setup.record_setup,
    ),
    JobKind(
        name=rules.CHARGE,
        title="Cobrar cartão",
        lane=Lane.CARD,
        before=charging.prepare_charge,
        call=_charge,
        record=charging.settle_charge,
    ),
    JobKind(
        name=rules.CANCEL_CHARGE,
        title="Cancelar cobrança no cartão",
        lane=Lane.CARD,
        before=charging.find_charge_to_cancel,
        call=_cancel_charge,
        record=charging.settle_charge,
    ),
    JobKind(
        name=REFUND_CARD,
        title="Devolver no cartão",
        lane=Lane.CARD,
        before=refunds.prepare_refund,
        call=_refund,
        record=refunds.settle_refund,
    ),
    JobKind(
        name=CHECK_REFUNDS,
        title="Conferir devoluções na operadora",
        lane=Lane.CARD,
        before=refunds.find_charge_to_check,
        call=_list_refunds,
        record=refunds.settle_check,
    ),
    local_job(
        TAKE_EVENT,
        title="Aviso da operadora: devolução ou contestação",
        work=events.take_event,
        lane=Lane.CARD,
    ),
    JobKind(
        name=rules.COMPARE,
        title="Comparar cobranças com a operadora",
        lane=Lane.CARD,
        before=_begin_comparison,
        call=_list_succeeded,
        record=_settle_comparison,
    ),
)
