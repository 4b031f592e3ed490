"""What the payouts room, which sees all the money, does by the calendar."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.invoices import queries as invoices
from portal.payouts import queries
from portal.payouts.rules import BooksBroken
from portal.shared.jobs import JobReport, job

A_DAY_AND_SOME = timedelta(hours=26)


@job("check-books", title="Conferência dos livros")
def check_books(session: Session, *, now: datetime) -> JobReport:
    """Check invoices, cash, repasse and log against each other; fail, naming what, when they disagree."""
    found = {
        "faturas com valor a receber diferente (M4)": len(invoices.find_broken_receivables(session)),
        "pagamentos fora do caixa (M5)": len(queries.find_broken_cash(session)),
        "faturas que não somam (M11)": len(invoices.find_broken_sums(session)),
        "números de fatura sem fatura (M12)": invoices.find_missing_numbers(session),
        "repasses diferentes do cálculo (M14)": len(queries.find_broken_accruals(session)),
        "registros alterados (L1)": len(queries.find_broken_logs(session, since=now - A_DAY_AND_SOME)),
    }
    broken = {what: count for what, count in found.items() if count}
    if broken:
        raise BooksBroken(broken)
    return JobReport("Faturas, caixa, repasse e registro conferem.", {"checks": len(found)})
