"""The accounts under whose agreements banks collect for us, and what each bank asks of one. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.shared.payment_methods import Way
from portal.shared.refusals import Conflict, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A bank whose files we exchange. `number_digits`: how many our number has there, without check digit.

    `largest_number` is the largest that all its return layouts can name. `remittance_size` is the size of the
    files we send.
    """

    code: str
    name: str
    printed_code: str
    number_digits: int
    largest_number: int
    remittance_size: int
    wallets: tuple[str, ...]
    account_digits: int
    agreement_digits: tuple[int, ...] = ()
    needs_variation: bool = False
    needs_transmission: bool = False

    @property
    def has_agreement(self) -> bool:
        """Whether the bank gives a number to the agreement."""
        return bool(self.agreement_digits)


BANKS: Mapping[str, Bank] = {
    bank.code: bank
    for bank in (
        Bank(
            code="341",
            name="Itaú Unibanco",
            printed_code="341-7",
            number_digits=8,
            largest_number=99_999_999,
            remittance_size=400,
            wallets=("109", "104", "112", "115", "175", "177", "188"),
            account_digits=5,
        ),
        Bank(
            code="237",
            name="Bradesco",
            printed_code="237-2",
            number_digits=11,
            largest_number=99_999_999_999,
            remittance_size=400,
            wallets=("09", "03", "06", "19", "21", "22", "25", "26"),
            account_digits=7,
            agreement_digits=tuple(range(1, 21)),
        ),
        Bank(
            code="001",
            name="Banco do Brasil",
            printed_code="001-9",
            number_digits=10,
            largest_number=9_999_999_999,
            remittance_size=240,
            wallets=("17", "11", "12", "15", "16", "18", "31", "51"),
            account_digits=8,
            agreement_digits=(7,),
            needs_variation=True,
        ),
        Bank(
            code="033",
            name="Santander",
            printed_code="033-7",
            number_digits=12,
            largest_number=9_999_999,  # CNAB 400 has seven digits and the check digit
            remittance_size=240,
            wallets=("101", "102", "121"),
            account_digits=8,
            agreement_digits=(7,),
            needs_transmission=True,
        ),
    )
}
_BRASIL, _BRASIL_SEQUENCE = "001", 10**10


@dataclass(frozen=True, slots=True, kw_only=True)
class BoletoAccount:
    """An account and the agreement (convênio) under which its bank collects for us.

    `variation` is Banco do Brasil's, `transmission` Santander's transmission code. Boletos take their numbers
    from `first_number` to `last_number`.
    """

    bank: str
    branch: str
    account: str
    account_digit: str
    wallet: str
    company: str
    company_document: str
    agreement: str = ""
    variation: str = ""
    transmission: str = ""
    first_number: int = 1
    last_number: int = 0

    @property
    def series(self) -> str:
        """The series its boletos' numbers are of: what is written here never changes."""
        return "/".join(filter(None, (self.bank, self.branch, self.account, self.wallet, self.agreement)))

    @property
    def most_number(self) -> int:
        """The last number it may give out."""
        return self.last_number or BANKS[self.bank].largest_number

    def written_number(self, number: int) -> str:
        """A number as people compare it with the bank's site."""
        return f"{number:0{BANKS[self.bank].number_digits}d}"

    def own_number(self, number: int) -> int:
        """Our number out of what a return says; that of another agreement stays as it is and is nobody's.

        Banco do Brasil writes the agreement's seven digits before it.
        """
        if self.bank != _BRASIL:
            return number
        agreement, own = divmod(number, _BRASIL_SEQUENCE)
        return own if str(agreement) == self.agreement.lstrip("0") else number


def printed_account(account: BoletoAccount) -> str:
    """Branch and who collects, as the slip shows them: Santander names the agreement, others the account."""
    if account.bank == "033":
        return f"{account.branch}/{account.agreement}"
    return f"{account.branch}/{account.account}-{account.account_digit}"


def check_account(account: BoletoAccount) -> None:
    """Whether an account is one its bank would know.

    Raises:
        UnusableAccount: naming the field and what the bank asks for there.
    """
    bank = BANKS.get(account.bank)
    if bank is None:
        raise UnusableAccount("bank", "Escolha um dos bancos da lista.")
    digits = bank.account_digits
    lengths = bank.agreement_digits
    asked = {
        "branch": ("[0-9]{4}", "A agência tem 4 números, sem o dígito."),
        "account": (
            f"[0-9]{{{digits}}}",
            f"No {bank.name} a conta tem {digits} números, com zeros antes.",
        ),
        "account_digit": ("[0-9X]", "O dígito da conta é um número ou a letra X."),
        "wallet": ("|".join(bank.wallets), f"As carteiras do {bank.name} são {', '.join(bank.wallets)}."),
        "agreement": (
            f"[0-9]{{{lengths[0]},{lengths[-1]}}}" if lengths else "",
            f"O convênio no {bank.name} tem {lengths[-1]} números."
            if len(lengths) == 1
            else f"Escreva o código que o {bank.name} deu à empresa, só números."
            if lengths
            else f"O {bank.name} não usa convênio. Deixe em branco.",
        ),
        "variation": ("[0-9]{3}" if bank.needs_variation else "", _only_for("A variação", "001")),
        "transmission": ("[0-9]{15}" if bank.needs_transmission else "", _only_for("O código", "033")),
    }
    for field, (pattern, message) in asked.items():
        if not re.fullmatch(pattern, getattr(account, field)):
            raise UnusableAccount(field, message)
    if not 1 <= account.first_number <= account.last_number:
        raise UnusableAccount("last_number", "O último número vem depois do primeiro, que é 1 ou mais.")
    if account.last_number > bank.largest_number:
        raise UnusableAccount("last_number", f"O maior número no {bank.name} é {bank.largest_number}.")


def _only_for(what: str, bank: str) -> str:
    digits = {"001": 3, "033": 15}[bank]
    return f"{what} tem {digits} números e é só do {BANKS[bank].name}; nos outros, deixe em branco."


class UnusableAccount(Refusal):
    """What was typed is no account of the bank."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, field=field)


class NoAccountForWay(Conflict):
    """No account is set for a way to be paid."""

    def __init__(self, way: Way) -> None:
        super().__init__(f"Nenhuma conta recebe {way.noun} agora. Escolha uma em Contas de cobrança.")
