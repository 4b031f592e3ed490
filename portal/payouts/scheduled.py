"""What the payouts room, which sees all the money, does by the calendar."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.payouts.queries.invariants import A_DAY_AND_SOME, INVARIANTS, find_broken
from portal.payouts.rules import BooksBroken
from portal.shared.connections import let_statements_take_long
from portal.shared.schedule import JobReport, job


@job("fold-sums", title="Somas das páginas do financeiro")
def fold_sums(session: Session, *, now: datetime) -> JobReport:  # noqa: ARG001 - whenever it is
    """Make one row of the many that add up to a sum: pages read few, however much was paid since."""
    folded = session.scalar(select(func.fold_sums())) or 0
    return JobReport(f"Linhas juntadas: {folded}.", {"folded": folded})


@job("check-books", title="Conferência dos livros")
def check_books(session: Session, *, now: datetime) -> JobReport:
    """Check what no constraint can hold: money, outcomes, mails, log; fail, naming what, when it does not."""
    let_statements_take_long(session)  # a million invoices are many
    broken = find_broken(session, since=now - A_DAY_AND_SOME, now=now)
    if broken:
        raise BooksBroken(
            (f"{each.invariant.label} ({each.invariant.key})", each.times, each.rows) for each in broken
        )
    return JobReport(
        "Faturas, pagamentos, repasses, e-mails e registro conferem.", {"checks": len(INVARIANTS)}
    )
