"""What tasks there are, for whom, how late they are and how they end. Pure."""

from datetime import datetime, timedelta

from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

TITLE_LENGTH, NOTE_LENGTH = 160, 1_000
CAUSE_END = "#"  # of the key of a task whose cause may come again; a number follows
TEAMS = (Role.FINANCE, Role.SUPPORT, Role.ADMIN)

# The page of what a task is about, by the table of its subject: endpoint and name of its id, if it has one.
SUBJECT_PAGES = {
    "payouts": ("payouts.statement", "payout_id"),
    "invoices": ("invoices.show", "invoice_id"),
    "contracts": ("contracts.show", "contract_id"),
    "customers": ("customers.record", "customer_id"),
    "payout_divergences": ("payouts.divergence", "divergence_id"),
    "payments": ("receipts.show", "payment_id"),
    "dunning_messages": ("dunning.call", "message_id"),
    "refunds": ("receipts.refund", "refund_id"),
    "tax_notes": ("tax_notes.show", "note_id"),
    "cancellation_cases": ("cancellations.show", "case_id"),
    "billing_runs": ("invoices.billing", ""),
    "bank_files": ("banking.bank_file", "file_id"),
}


class TaskKind(LabeledEnum):
    """What is to be done. A room that opens tasks adds its kind here."""

    PAY_REPASSE = "pay_repasse", "Pagar repasse"
    REVIEW_REPASSE = "review_repasse", "Rever repasse"
    REFUND = "refund", "Devolver dinheiro"
    DOUBLE_REFUND = "double_refund", "Devolução em dobro?"
    DISPUTE = "dispute", "Responder contestação"
    CANCELLATION = "cancellation", "Atender cancelamento"
    FOLLOW_UP = "follow_up", "Retorno ao cliente"
    CALL = "call", "Ligar para o cliente"
    TAX_NOTE = "tax_note", "Rever nota fiscal"
    OFFER_RENEWAL = "offer_renewal", "Oferecer renovação"
    OTHER = "other", "Outra tarefa"


class TaskResult(LabeledEnum):
    """How a task ended."""

    DONE = "done", "Feita"
    NOT_NEEDED = "not_needed", "Não foi preciso"
    NOT_POSSIBLE = "not_possible", "Não foi possível"


class TaskFilter(LabeledEnum):
    """Which tasks a list shows."""

    OPEN = "abertas", "Abertas"
    LATE = "atrasadas", "Atrasadas"
    TODAY = "hoje", "Para hoje"
    CLOSED = "encerradas", "Encerradas"


class OwnerFilter(LabeledEnum):
    """Whose tasks a list shows."""

    MINE = "meus", "Minhas"
    NOBODY = "ninguem", "De ninguém"


def end_of_day(now: datetime) -> datetime:
    """The instant at which the day of `now` ends in São Paulo."""
    return at_sao_paulo(day_of(now) + timedelta(days=1))


class ResultMissing(Refusal):
    """A task is to be closed without saying what came of it."""

    def __init__(self) -> None:
        super().__init__("Escreva o que foi feito, ou por que não foi.", field="note")


class TaskClosed(Conflict):
    """Somebody closed it before."""

    def __init__(self) -> None:
        super().__init__("Esta tarefa já foi encerrada. Atualize a página para ver o resultado.")


class CannotOwn(Refusal):
    """A task is to be given to somebody who does not work on it."""

    def __init__(self) -> None:
        super().__init__("Escolha alguém da equipe desta tarefa.", field="owner")
