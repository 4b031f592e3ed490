"""Files exchanged with the bank: their kinds and states. Pure."""

from enum import StrEnum

from portal.banking.rules.boleto import BoletoState, may_become
from portal.banking.rules.cnab import Meaning
from portal.shared.refusals import Conflict, Refusal


class BankFileKind(StrEnum):
    """Which way a file goes."""

    REMITTANCE = "remittance"
    RETURN = "return"

    @property
    def label(self) -> str:
        return "Remessa" if self is BankFileKind.REMITTANCE else "Retorno"


class BankFileState(StrEnum):
    """A remittance is made at once; a return is read first and applied when somebody agrees."""

    MADE = "made"
    READ = "read"
    APPLIED = "applied"

    @property
    def label(self) -> str:
        return {"made": "Gerada", "read": "Conferido, não aplicado", "applied": "Aplicado"}[self]


class NothingToSend(Refusal):
    """No boleto waits for the bank."""

    def __init__(self) -> None:
        super().__init__("Não há boletos para registrar ou baixar agora.")


class AlreadyApplied(Conflict):
    """The file was applied before; nothing is done twice."""

    def __init__(self) -> None:
        super().__init__("Este arquivo já foi aplicado. Nada foi feito de novo.")


class Effect(StrEnum):
    """What a line of a return does here. The same decision is shown before and carried out after."""

    REGISTER = "register"
    REJECT = "reject"
    PAY = "pay"
    PAY_UNKNOWN = "pay_unknown"
    WRITE_OFF = "write_off"
    KNOWN = "known"
    UNKNOWN = "unknown"
    NOTED = "noted"

    @property
    def label(self) -> str:
        return {
            "register": "O boleto fica registrado e pode ser pago",
            "reject": "O boleto fica recusado; o cliente é levado a outra forma de pagamento",
            "pay": "O pagamento é recebido",
            "pay_unknown": "Boleto desconhecido: o pagamento vai para A conferir",
            "write_off": "O boleto é baixado",
            "known": "Já se sabia: nada muda",
            "unknown": "Boleto desconhecido: nada muda",
            "noted": "Só informação: nada muda",
        }[self]


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
