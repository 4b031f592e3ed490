"""When an open invoice may be given up as uncollectible, and taken up again. Pure.

Nobody is chased for it any more, so it is said only where no service is left to withhold: the contract is
over, or its service has been suspended for so long that a contract may be ended for it, and stays so. What is
owed stays owed: the receivable stays in the ledger, and money that comes all the same pays it as any.
"""

from typing import NamedTuple

from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

SUSPENDED_FOR_DAYS = 60
"""So long is a service suspended before its debts may be given up, as before its contract may be ended."""


class BadDebtEnd(LabeledEnum):
    """Why an invoice is uncollectible no longer."""

    COLLECTED_AGAIN = "collected_again", "voltou a ser cobrada"
    PAID = "paid", "paga"
    VOID = "void", "anulada"


class DebtFacts(NamedTuple):
    """What decides whether an invoice may be given up; `suspended_days` is None of a service in order."""

    state: InvoiceState
    kind: InvoiceKind
    is_late: bool
    is_over: bool
    suspended_days: int | None
    is_settling: bool


class NotToBeGivenUp(Conflict):
    """The invoice is to be collected as others are; says why."""


class NotGivenUp(Conflict):
    """The invoice is not uncollectible."""

    def __init__(self, label: str, state: str) -> None:
        super().__init__(f"A fatura {label} não está marcada como incobrável: {state.lower()}.")


class SayWhy(Refusal):
    """No reason was given."""

    def __init__(self) -> None:
        super().__init__("Escreva o motivo.", field="reason")


def why_not_to_give_up(label: str, facts: DebtFacts) -> NotToBeGivenUp | None:
    """Why an invoice may not be given up; None when it may."""
    name = f"A fatura {label}"
    if facts.state is not InvoiceState.OPEN:
        return NotToBeGivenUp(f"{name} não está em aberto: {facts.state.label.lower()}.")
    if facts.kind is InvoiceKind.AGREEMENT:
        return NotToBeGivenUp(f"{name} é de um acordo: desfaça o acordo para desistir da dívida.")
    if facts.is_settling:
        return NotToBeGivenUp(f"O boleto da fatura {label} foi pago e está em compensação.")
    if not facts.is_late:
        return NotToBeGivenUp(f"{name} ainda não venceu.")
    if facts.is_over or (facts.suspended_days or 0) >= SUSPENDED_FOR_DAYS:
        return None
    return NotToBeGivenUp(
        f"{name} ainda é cobrada: só a de um contrato encerrado, ou suspenso há "
        f"{SUSPENDED_FOR_DAYS} dias ou mais, pode ser marcada como incobrável."
    )
