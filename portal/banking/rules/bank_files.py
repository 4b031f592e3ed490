"""Files exchanged with the bank: their kinds and states. Pure."""

from portal.banking.rules.boleto import BoletoState, may_become
from portal.banking.rules.cnab import Meaning
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal


class BankFileKind(LabeledEnum):
    """Which way a file goes."""

    REMITTANCE = "remittance", "Remessa"
    RETURN = "return", "Retorno"


class BankFileState(LabeledEnum):
    """A remittance is made at once; a return is read first and applied when somebody agrees."""

    MADE = "made", "Gerada"
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


class Effect(LabeledEnum):
    """What a line of a return does here. The same decision is shown before and carried out after."""

    REGISTER = "register", "O boleto fica registrado e pode ser pago"
    REJECT = "reject", "O boleto fica recusado; o cliente é levado a outra forma de pagamento"
    PAY = "pay", "O pagamento é recebido"
    PAY_UNKNOWN = "pay_unknown", "Boleto desconhecido: o pagamento vai para A conferir"
    WRITE_OFF = "write_off", "O boleto é baixado"
    KNOWN = "known", "Já se sabia: nada muda"
    UNKNOWN = "unknown", "Boleto desconhecido: nada muda"
    NOTED = "noted", "Só informação: nada muda"


def effect_of(
    meaning: Meaning, *, state: BoletoState | None, amount_cents: int, is_known_payment: bool
) -> Effect:
    """What a line does to a boleto in `state`, None for a number we never gave out."""
    if meaning is Meaning.NOTED or (meaning is Meaning.PAID and amount_cents == 0):
        return Effect.NOTED
    if meaning is Meaning.PAID:
        if is_known_payment:
            return Effect.KNOWN
        return Effect.PAY_UNKNOWN if state is None else Effect.PAY
    if state is None:
        return Effect.UNKNOWN
    target = BoletoState(meaning.value)
    if not may_become(state, target):
        return Effect.KNOWN
    return {
        Meaning.REGISTERED: Effect.REGISTER,
        Meaning.REJECTED: Effect.REJECT,
        Meaning.WRITTEN_OFF: Effect.WRITE_OFF,
    }[meaning]
