"""Files exchanged with the bank: their kinds and states. Pure."""

from portal.banking.rules.boleto import BoletoState, may_become
from portal.banking.rules.occurrences import Meaning
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

PUT_REMITTANCE = "put-remittance"


class BankFileKind(LabeledEnum):
    """Which way a file goes."""

    REMITTANCE = "remittance", "Remessa"
    RETURN = "return", "Retorno"


class BankFileState(LabeledEnum):
    """A remittance is made at once and sent by a person or a job; a return is read, then applied.

    A damaged return waits until finance lets each of its faults pass.
    """

    MADE = "made", "Gerada, a enviar"
    SENT = "sent", "Enviada"
    DAMAGED = "damaged", "Com defeito"
    READ = "read", "Conferido, não aplicado"
    APPLIED = "applied", "Aplicado"


class NothingToSend(Refusal):
    """No boleto waits for the bank."""

    def __init__(self) -> None:
        super().__init__("Não há boletos para registrar ou baixar agora.")


class AlreadyApplied(Conflict):
    """The file was applied before; nothing is done twice."""

    def __init__(self) -> None:
        super().__init__("Este arquivo já foi aplicado. Nada foi feito de novo.")


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


class Effect(LabeledEnum):
    """What a line of a return does here. The same decision is shown before and carried out after."""

    REGISTER = "register", "O boleto fica registrado e pode ser pago"
    REJECT = "reject", "O boleto fica recusado; o cliente é levado a outra forma de pagamento"
    PAY = "pay", "O pagamento é recebido"
    PAY_PART = "pay_part", "O pagamento parcial é recebido; o boleto continua registrado"
    PAY_UNKNOWN = "pay_unknown", "Boleto desconhecido: o pagamento vai para A conferir"
    WRITE_OFF = "write_off", "O boleto é baixado"
    UNDO = "undo", "O banco desfez o pagamento: o boleto fica marcado, e o dinheiro espera o financeiro"
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
    meaning: Meaning, *, state: BoletoState | None, amount_cents: int, is_known_payment: bool
) -> Effect:
    """What a line does to a boleto in `state`, None for a number we never gave out."""
    if meaning in _WITHOUT_EFFECT or (meaning.brings_money and amount_cents == 0):
        return _WITHOUT_EFFECT.get(meaning, Effect.NOTED)
    if meaning.brings_money:
        if is_known_payment:
            return Effect.KNOWN
        if state is None:
            return Effect.PAY_UNKNOWN
        return Effect.PAY if meaning is Meaning.PAID else Effect.PAY_PART
    if state is None:
        return Effect.UNKNOWN
    target, effect = _OF_STATE[meaning]
    return effect if may_become(state, target) else Effect.KNOWN
