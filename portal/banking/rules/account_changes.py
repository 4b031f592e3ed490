"""What people change of an account, and what they may not. Pure."""

from dataclasses import dataclass

from portal.shared.refusals import Conflict, Refusal

DEFAULTS = ("is_boleto_default", "is_pix_default", "is_ted_default")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedAccount:
    """What of an account can change. A flag that is off leaves that default where it is."""

    name: str
    variation: str
    transmission: str
    pix_key: str
    last_number: int
    is_boleto_default: bool
    is_pix_default: bool
    is_ted_default: bool
    is_closed: bool = False
    lock_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount(ChangedAccount):
    """An account as typed."""

    bank: str
    branch: str
    account: str
    account_digit: str
    wallet: str
    agreement: str
    first_number: int


class AccountTaken(Refusal):
    """There is an account like it."""

    def __init__(self) -> None:
        super().__init__("Esta conta já está cadastrada com este convênio. Abra-a na lista.", field="account")


class AccountChangedMeanwhile(Conflict):
    """Somebody else saved the account first."""

    def __init__(self) -> None:
        super().__init__("Outra pessoa salvou esta conta enquanto você editava. Recarregue a página.")


class DefaultStays(Conflict):
    """An account that receives something is not closed."""

    def __init__(self) -> None:
        super().__init__("Esta conta ainda recebe pagamentos. Escolha antes outra conta para recebê-los.")


class PixNeedsKey(Refusal):
    """An account without a Pix key receives no Pix."""

    def __init__(self) -> None:
        super().__init__("Escreva a chave Pix desta conta para receber Pix por ela.", field="pix_key")
