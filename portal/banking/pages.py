"""What pages of bank files say."""

from collections.abc import Sequence

from portal.banking.models.bank_file import BankFile, BankFileLine
from portal.banking.models.fault import BankFileFault
from portal.banking.rules.bank_files import BankFileState
from portal.shared.brazil import format_money_input
from portal.shared.filters import datetime_br

LINES_HEADER = (
    "Linha", "Nosso número", "Ocorrência ou pedido", "Motivo", "Valor", "Tarifa", "Creditado", "O que faz",
)  # fmt: skip


def said_of_known(file: BankFile) -> str:
    """What is said of a return that came before."""
    if file.state is BankFileState.APPLYING:
        return "Este arquivo já está sendo aplicado. Nada foi feito de novo."
    when = f" em {datetime_br(file.applied_at)}" if file.applied_at else ""
    return f"Este arquivo já foi processado{when}. Nada foi feito de novo."


def said_of_faults(faults: Sequence[BankFileFault]) -> str:
    """What is wrong with a damaged return, its first fault with its line."""
    more = f" Há mais {len(faults) - 1}." if len(faults) > 1 else ""
    return f"A linha {faults[0].line} {faults[0].said}.{more} Baixe o arquivo do banco de novo."


def said_of_applied(file: BankFile) -> str:
    """What is said to who applies a return: a long one goes on by itself."""
    if file.state is BankFileState.APPLIED:
        return "Retorno aplicado."
    return "O retorno está sendo aplicado. Esta página mostra até onde chegou."


def line_cells(line: BankFileLine) -> tuple[object, ...]:
    """A line for a spreadsheet."""
    return (
        line.line,
        line.our_number,
        line.what,
        line.reasons,
        format_money_input(line.amount_cents),
        "" if line.fee_cents is None else format_money_input(line.fee_cents),
        "" if line.credited_cents is None else format_money_input(line.credited_cents),
        line.effect.label if line.effect else line.note,
    )
