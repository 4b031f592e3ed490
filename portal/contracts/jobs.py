"""Printing contracts, after the click and outside of any transaction; telling that one is active."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.operations import activating, canceling
from portal.contracts.operations.generating import Printing, issue_contract, prepare_printing
from portal.contracts.rules.states import DROP_CHANGES, RENDER_CONTRACT, TELL_ACTIVE
from portal.documents.operations.printing import render_paper
from portal.shared.environment import environment
from portal.shared.queue import JobKind, Lane, local_job


@dataclass(frozen=True, slots=True)
class Printed:
    """The document, and what it was printed from."""

    printing: Printing
    content: bytes


def _prepare(session: Session, contract_id: int, *, now: datetime) -> Printing | None:
    settings = environment()
    return prepare_printing(session, contract_id=contract_id, company=settings.company, now=now)


def _print(printing: Printing) -> Printed:
    return Printed(printing, render_paper(printing.paper, layout=printing.layout, now=printing.now))


def _issue(session: Session, contract_id: int, printed: Printed, *, now: datetime) -> None:
    issue_contract(
        session, contract_id=contract_id, printing=printed.printing, content=printed.content, now=now
    )


render_contract = JobKind(
    name=RENDER_CONTRACT,
    title="Preparar o documento de um contrato",
    lane=Lane.PAPER,
    before=_prepare,
    call=_print,
    record=_issue,
)

tell_active = local_job(TELL_ACTIVE, title="Avisar que um contrato está ativo", work=activating.tell_active)

drop_changes = local_job(
    DROP_CHANGES, title="Descartar mudanças de um contrato cancelado", work=canceling.drop_changes
)
