"""What the payouts room, which sees all the money, does by the calendar."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.cards.queries.books import count_old_unknowns
from portal.invoices.queries.books import (
    find_broken_receivables,
    find_broken_sums,
    find_invoices_after_end,
    find_missing_numbers,
)
from portal.payouts.queries.books import (
    find_broken_accruals,
    find_broken_cash,
    find_broken_logs,
    find_broken_payables,
)
from portal.payouts.rules import BooksBroken
from portal.receipts.queries.books import find_broken_matches
from portal.shared.mail import count_forgotten_mails
from portal.shared.schedule import JobReport, job
from portal.subscriptions.queries.coverage import find_broken_coverages
from portal.subscriptions.queries.reading import find_unbilled_contracts

A_DAY_AND_SOME = timedelta(hours=26)


@job("check-books", title="Conferência dos livros")
def check_books(session: Session, *, now: datetime) -> JobReport:
    """Check what no constraint can hold: money, outcomes, mails, log; fail, naming what, when it does not."""
    found = {
        "faturas com valor a receber diferente (M4)": len(find_broken_receivables(session)),
        "pagamentos fora do caixa (M5)": len(find_broken_cash(session)),
        "faturas em aberto depois do fim do contrato (M10)": len(find_invoices_after_end(session)),
        "faturas que não somam (M11)": len(find_broken_sums(session)),
        "números de fatura sem fatura (M12)": find_missing_numbers(session),
        "repasses diferentes do cálculo (M14)": len(
            find_broken_accruals(session, since=now - A_DAY_AND_SOME)
        ),
        "repasse a pagar diferente dos extratos (M14)": len(find_broken_payables(session)),
        "períodos pagos que não se seguem (M16)": len(find_broken_coverages(session)),
        "contratos ativos sem mensalidade em andamento (M2)": len(find_unbilled_contracts(session)),
        "pagamentos diferentes da sua fatura (S4)": len(find_broken_matches(session)),
        "cobranças sem resposta há mais de um dia (S6)": count_old_unknowns(session, now=now),
        "e-mails que ninguém envia (E2)": count_forgotten_mails(session, now=now),
        "registros alterados (L1)": len(find_broken_logs(session, since=now - A_DAY_AND_SOME)),
    }
    broken = {what: count for what, count in found.items() if count}
    if broken:
        raise BooksBroken(broken)
    return JobReport("Faturas, pagamentos, repasses, e-mails e registro conferem.", {"checks": len(found)})
