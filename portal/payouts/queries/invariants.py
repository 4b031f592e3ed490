"""What must always be true and no constraint can hold, as queries by the letter of each invariant.

Each finds what breaks it, by keys, numbers and ids of rows. The nightly check, the command and the page
*Operação* ask the same.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.agreements.queries.books import find_unbooked_agreements, find_unlike_debts
from portal.banking.queries.books import find_unpaid_settlements
from portal.cards.queries.books import find_old_unknowns, find_unlike_charges
from portal.documents.queries import find_damaged
from portal.dunning.queries.books import find_late_reminders, find_repeated_reminders
from portal.invoices.queries.books import (
    find_broken_open_sums,
    find_broken_receivables,
    find_broken_sums,
    find_invoices_after_end,
    find_missing_numbers,
    find_repeated_messages,
)
from portal.invoices.queries.credit_notes import find_missing_note_numbers, find_uncredited_months
from portal.invoices.queries.late_charges import find_broken_late_charges
from portal.invoices.queries.months import find_uncovered_payments
from portal.overdue.queries.books import (
    find_broken_suspensions,
    find_early_suspensions,
    find_suspended_for_nothing,
    find_suspended_while_settling,
)
from portal.payouts.queries.books import (
    find_broken_accruals,
    find_broken_cash,
    find_broken_logs,
    find_broken_payables,
    find_broken_repasse_sums,
)
from portal.receipts.queries.books import (
    find_broken_fees,
    find_broken_income_sums,
    find_broken_matches,
    find_late_messages,
    find_old_refunds,
    find_unbooked_refunds,
)
from portal.receipts.queries.credits import find_broken_credits
from portal.shared.mail import find_forgotten_mails
from portal.subscriptions.queries.coverage import find_broken_coverages
from portal.subscriptions.queries.reading import find_unbilled_contracts
from portal.tax_notes.queries.books import find_missing_numbers as find_missing_tax_numbers
from portal.tax_notes.queries.books import find_old_unknowns as find_old_tax_notes
from portal.tax_notes.queries.books import find_unlike_ends, find_unlike_notes
from portal.whatsapp.queries.books import find_old_unknowns as find_old_chats

A_DAY_AND_SOME = timedelta(hours=26)

type Find = Callable[[Session, datetime | None, datetime], Sequence[int | str | date | None]]


class Invariant(NamedTuple):
    """`find(session, since, now)` gives what breaks it; what is heavy looks at what came `since` only."""

    key: str
    label: str
    find: Find


class Broken(NamedTuple):
    """An invariant that does not hold: how often, and what the first of it is called."""

    invariant: Invariant
    times: int
    rows: tuple[str, ...]


INVARIANTS = (
    Invariant(
        "M2", "contratos ativos sem mensalidade em andamento", lambda s, _, __: find_unbilled_contracts(s)
    ),
    Invariant("M4", "faturas com valor a receber diferente", lambda s, _, __: find_broken_receivables(s)),
    Invariant("M4", "encargos diferentes dos lançamentos", lambda s, _, __: find_broken_late_charges(s)),
    Invariant("M4", "somas por vencimento diferentes das faturas", lambda s, _, __: find_broken_open_sums(s)),
    Invariant("M4", "acordos diferentes das faturas que seguram", lambda s, _, __: find_unlike_debts(s)),
    Invariant("M4", "acordos diferentes dos lançamentos", lambda s, _, __: find_unbooked_agreements(s)),
    Invariant("M5", "pagamentos fora do caixa", lambda s, _, __: find_broken_cash(s)),
    Invariant("M5", "somas por dia diferentes dos pagamentos", lambda s, _, __: find_broken_income_sums(s)),
    Invariant("M5", "créditos diferentes dos lançamentos", lambda s, _, __: find_broken_credits(s)),
    Invariant("M5", "devoluções fora dos lançamentos", lambda s, _, __: find_unbooked_refunds(s)),
    Invariant(
        "M10", "faturas em aberto depois do fim do contrato", lambda s, _, __: find_invoices_after_end(s)
    ),
    Invariant(
        "M10",
        "meses pagos depois do fim do contrato sem uma nota de crédito",
        lambda s, _, __: find_uncredited_months(s),
    ),
    Invariant("M11", "faturas que não somam", lambda s, _, __: find_broken_sums(s)),
    Invariant("M12", "números de fatura sem fatura", lambda s, _, __: find_missing_numbers(s)),
    Invariant("M12", "números de nota de crédito sem nota", lambda s, _, __: find_missing_note_numbers(s)),
    Invariant("M11", "notas fiscais diferentes das suas faturas", lambda s, _, __: find_unlike_notes(s)),
    Invariant("M11", "notas fiscais com fim sem evento", lambda s, _, __: find_unlike_ends(s)),
    Invariant("M12", "números de nota fiscal sem nota", lambda s, _, __: find_missing_tax_numbers(s)),
    Invariant(
        "S6",
        "notas fiscais sem resposta há mais de um dia",
        lambda s, _, now: find_old_tax_notes(s, now=now),
    ),
    Invariant(
        "S6",
        "mensagens de WhatsApp sem resposta há mais de um dia",
        lambda s, _, now: find_old_chats(s, now=now),
    ),
    Invariant("M13", "faturas avisadas duas vezes", lambda s, _, __: find_repeated_messages(s)),
    Invariant("M13", "faturas cobradas depois de pagas", lambda s, _, __: find_late_messages(s)),
    Invariant(
        "M14",
        "repasses diferentes do cálculo",
        lambda s, since, __: find_broken_accruals(s, since=since),
    ),
    Invariant("M13", "suspensões antes do dia do aviso", lambda s, _, __: find_early_suspensions(s)),
    Invariant("M13", "serviços suspensos sem dívida", lambda s, _, __: find_suspended_for_nothing(s)),
    Invariant("M13", "lembretes repetidos de um passo", lambda s, _, __: find_repeated_reminders(s)),
    Invariant("M13", "lembretes de faturas já pagas", lambda s, _, __: find_late_reminders(s)),
    Invariant(
        "M13", "suspensões com boleto em compensação", lambda s, _, __: find_suspended_while_settling(s)
    ),
    Invariant("M20", "suspensões diferentes do contrato", lambda s, _, __: find_broken_suspensions(s)),
    Invariant("M14", "somas por mês diferentes dos repasses", lambda s, _, __: find_broken_repasse_sums(s)),
    Invariant("M14", "repasse a pagar diferente dos extratos", lambda s, _, __: find_broken_payables(s)),
    Invariant("M16", "períodos pagos que não se seguem", lambda s, _, __: find_broken_coverages(s)),
    Invariant("M16", "faturas pagas fora do período liberado", lambda s, _, __: find_uncovered_payments(s)),
    Invariant("M18", "tarifas diferentes dos lançamentos", lambda s, _, __: find_broken_fees(s)),
    Invariant("M18", "boletos pagos sem pagamento", lambda s, _, __: find_unpaid_settlements(s)),
    Invariant("S4", "pagamentos diferentes da sua fatura", lambda s, _, __: find_broken_matches(s)),
    Invariant(
        "S6", "cobranças sem resposta há mais de um dia", lambda s, _, now: find_old_unknowns(s, now=now)
    ),
    Invariant(
        "S6", "devoluções sem resposta há mais de um dia", lambda s, _, now: find_old_refunds(s, now=now)
    ),
    Invariant("S7", "cobranças no cartão diferentes dos pagamentos", lambda s, _, __: find_unlike_charges(s)),
    Invariant("E2", "e-mails que ninguém envia", lambda s, _, now: find_forgotten_mails(s, now=now)),
    Invariant(
        "L1",
        "registros alterados",
        lambda s, since, now: find_broken_logs(s, since=since or now - A_DAY_AND_SOME),
    ),
    Invariant("L2", "arquivos alterados", lambda s, since, __: find_damaged(s, since=since)),
)
SHOWN = 10


def find_broken(session: Session, *, since: datetime | None, now: datetime) -> list[Broken]:
    """The invariants that do not hold, with the first rows of each. `since` None: everything is looked at."""
    broken = []
    for invariant in INVARIANTS:
        found = invariant.find(session, since, now)
        if found:
            broken.append(Broken(invariant, len(found), tuple(str(row) for row in found[:SHOWN])))
    return broken
