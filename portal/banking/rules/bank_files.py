"""Files exchanged with the bank: their kinds and states. Pure."""

from portal.banking.rules.boleto import BoletoState, may_become
from portal.banking.rules.occurrences import Meaning
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

PUT_REMITTANCE = "put-remittance"
CHECK_RETURN = "check-return"
APPLY_RETURN = "apply-return"
REFUSED_RETURN = "refused-return"  # why finance is asked to look at a return that the bank sent


class BankFileKind(LabeledEnum):
    """Which way a file goes."""

    REMITTANCE = "remittance", "Remessa"
    RETURN = "return", "Retorno"


class BankFileState(LabeledEnum):
    """A remittance is made at once and sent by a person or a job; a return is read, then applied.

    Both go on part by part. A damaged return waits until finance lets each of its faults pass.
    """

    MADE = "made", "Gerada, a enviar"
    SENT = "sent", "Enviada"
    DAMAGED = "damaged", "Com defeito"
    CHECKING = "checking", "Em conferência"
    READ = "read", "Conferido, não aplicado"
    APPLYING = "applying", "Sendo aplicado"
    APPLIED = "applied", "Aplicado"


class NothingToSend(Refusal):
    """No boleto waits for the bank."""

    def __init__(self) -> None:
        super().__init__("Não há boletos para registrar ou baixar agora.")


class AlreadyApplied(Conflict):
    """The file was applied before; nothing is done twice."""

    def __init__(self) -> None:
        super().__init__("Este arquivo já foi aplicado. Nada foi feito de novo.")


class StillChecking(Conflict):
    """Nobody applies a file before the portal has said what each line does."""

    def __init__(self) -> None:
        super().__init__("O arquivo ainda está em conferência. Espere o fim e aplique então.")


class AlreadyWaived(Conflict):
    """The fault does not keep the file any more."""

    def __init__(self) -> None:
        super().__init__("Outra pessoa já decidiu sobre esta linha. Recarregue a página.")


class AlreadySent(Conflict):
    """The remittance was marked as sent before."""

    def __init__(self) -> None:
        super().__init__("Esta remessa já foi marcada como enviada.")


class NoFolder(Refusal):
    """The bank's transfer program shares no folder with us."""

    def __init__(self) -> None:
        super().__init__("Nenhuma pasta do banco está configurada. Baixe o arquivo e envie-o pelo site.")


class NeedsReason(Refusal):
    """Nobody lets a fault pass without saying why."""

    def __init__(self) -> None:
        super().__init__("Escreva por que esta linha pode ser processada mesmo assim.", field="reason")


SHARES = 2  # lines keep whose share they are: files on their way have theirs when it changes
SHARED_FROM = 4  # parts; a shorter return is over before a second worker has begun


def share_of(customer_id: int | None) -> int:
    """Whose share a line is, from 0 on: a customer's are in one, those of unknown boletos in the first."""
    return (customer_id or 0) % SHARES


STARTED = frozenset({BankFileState.APPLYING, BankFileState.APPLIED})
# What still waits for somebody or something: nobody is reminded to pay meanwhile.
UNFINISHED = frozenset(
    {BankFileState.DAMAGED, BankFileState.CHECKING, BankFileState.READ, BankFileState.APPLYING}
)


class Effect(LabeledEnum):
    """What a line of a return does here. The same decision is shown before and carried out after."""

    REGISTER = "register", "O boleto fica registrado e pode ser pago"
    REJECT = "reject", "O boleto fica recusado; o cliente é levado a outra forma de pagamento"
    PAY = "pay", "O pagamento é recebido"
    PAY_PART = "pay_part", "O pagamento parcial é recebido; o boleto continua registrado"
    PAY_UNKNOWN = "pay_unknown", "Boleto desconhecido: o pagamento vai para A conferir"
    AWAIT = "await", "O boleto fica pago, em compensação; o pagamento é recebido no dia do crédito"
    WRITE_OFF = "write_off", "O boleto é baixado"
    ASK_AGAIN = "ask_again", "O banco recusou a baixa: ela vai de novo na próxima remessa"
    UNDO = "undo", "O banco desfez o pagamento: a fatura volta a ser devida, sem o que o pagamento trouxe"
    KNOWN = "known", "Já se sabia: nada muda"
    UNKNOWN = "unknown", "Boleto desconhecido: nada muda"
    NOTED = "noted", "Só informação: nada muda"
    UNKNOWN_CODE = "unknown_code", "Não conhecemos este código: nada muda. Pergunte ao banco"


_OF_STATE = {
    Meaning.REGISTERED: (BoletoState.REGISTERED, Effect.REGISTER),
    Meaning.REJECTED: (BoletoState.REJECTED, Effect.REJECT),
    Meaning.WRITTEN_OFF: (BoletoState.WRITTEN_OFF, Effect.WRITE_OFF),
    Meaning.UNDONE: (BoletoState.UNDONE, Effect.UNDO),
}

_WITHOUT_EFFECT = {
    Meaning.NOTED: Effect.NOTED,
    Meaning.UNKNOWN: Effect.UNKNOWN_CODE,
}


def effect_of(
    meaning: Meaning,
    *,
    state: BoletoState | None,
    amount_cents: int,
    is_known_payment: bool,
    is_credited: bool = True,
    was_registered: bool = False,
) -> Effect:
    """What a line does to a boleto in `state`, None for a number we never gave out.

    A payment the bank has yet to credit (`is_credited`) settles on that day. Some banks have one code for a
    refused registration and a refused write-off: what `was_registered` can only be the latter.
    """
    if meaning in _WITHOUT_EFFECT or (meaning.brings_money and amount_cents == 0):
        return _WITHOUT_EFFECT.get(meaning, Effect.NOTED)
    if meaning.brings_money:
        return Effect.KNOWN if is_known_payment else _of_money(meaning, state, is_credited=is_credited)
    if state is None:
        return Effect.UNKNOWN
    is_asked = state is BoletoState.WRITE_OFF_ASKED
    if meaning is Meaning.KEPT or (meaning is Meaning.REJECTED and was_registered and is_asked):
        return Effect.ASK_AGAIN if is_asked else Effect.NOTED
    target, effect = _OF_STATE[meaning]
    return effect if may_become(state, target) else Effect.KNOWN


def _of_money(meaning: Meaning, state: BoletoState | None, *, is_credited: bool) -> Effect:
    if state is None:
        return Effect.PAY_UNKNOWN
    if meaning is not Meaning.PAID:
        return Effect.PAY_PART
    waits = not is_credited and may_become(state, BoletoState.PAID_UNSETTLED)
    return Effect.AWAIT if waits else Effect.PAY
