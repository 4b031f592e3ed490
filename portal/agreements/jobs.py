"""Printing an agreement outside of any transaction, and withdrawing what money has overtaken."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.agreements.operations.offering import (
    Printing,
    prepare_printing,
    send_to_sign,
    withdraw_if_stale,
)
from portal.agreements.rules.states import RENDER_AGREEMENT, WITHDRAW_STALE
from portal.documents.operations.printing import render_paper
from portal.documents.rules.paper import FIRST_LAYOUT
from portal.shared.environment import environment
from portal.shared.queue import JobKind, Lane, local_job


@dataclass(frozen=True, slots=True)
class Printed:
    """The paper, and what it was printed from."""

    printing: Printing
    content: bytes


def _prepare(session: Session, agreement_id: int, *, now: datetime) -> Printing | None:
    company = environment().company
    return prepare_printing(session, agreement_id=agreement_id, company=company, now=now)


def _print(printing: Printing) -> Printed:
    return Printed(printing, render_paper(printing.paper, layout=FIRST_LAYOUT, now=printing.now))


def _send(session: Session, agreement_id: int, printed: Printed, *, now: datetime) -> None:
    send_to_sign(
        session, agreement_id=agreement_id, printing=printed.printing, content=printed.content, now=now
    )


render_agreement = JobKind(
    name=RENDER_AGREEMENT,
    title="Preparar o documento de um acordo",
    lane=Lane.PAPER,
    before=_prepare,
    call=_print,
    record=_send,
)


def _withdraw(session: Session, agreement_id: int, *, now: datetime) -> None:
    withdraw_if_stale(session, agreement_id, now=now)


withdraw_stale = local_job(WITHDRAW_STALE, title="Retirar um acordo cujos valores mudaram", work=_withdraw)
