"""The accounts under whose agreements banks collect for us, and what each bank asks of one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


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
    has_agreement: bool


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
            has_agreement=False,
        ),
        Bank(
            code="237",
            name="Bradesco",
            printed_code="237-2",
            number_digits=11,
            largest_number=99_999_999_999,
            remittance_size=400,
            wallets=("09", "03", "06", "19", "21", "22", "25", "26"),
            has_agreement=True,
        ),
        Bank(
            code="001",
            name="Banco do Brasil",
            printed_code="001-9",
            number_digits=10,
            largest_number=9_999_999_999,
            remittance_size=240,
            wallets=("17", "11", "12", "15", "16", "18", "31", "51"),
            has_agreement=True,
        ),
        Bank(
            code="033",
            name="Santander",
            printed_code="033-7",
            number_digits=12,
            largest_number=9_999_999,  # CNAB 400 has seven digits and the check digit
            remittance_size=240,
            wallets=("101", "102", "121"),
            has_agreement=True,
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
    id: int = 0

    @property
    def series(self) -> str:
        """The series its boletos' numbers are of: what is written here never changes."""
        return "/".join(filter(None, (self.bank, self.branch, self.account, self.wallet, self.agreement)))

    @property
    def most_number(self) -> int:
        """The last number it may give out."""
        return self.last_number or BANKS[self.bank].largest_number

    def own_number(self, number: int) -> int:
        """Our number out of what a return says; that of another agreement stays as it is and is nobody's.

        Banco do Brasil writes the agreement's seven digits before it.
        """
        if self.bank != _BRASIL:
            return number
        agreement, own = divmod(number, _BRASIL_SEQUENCE)
        return own if str(agreement) == self.agreement.lstrip("0") else number
