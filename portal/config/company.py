"""Who the vendor is: the party of every contract and the receiver of every payment."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.config.problems import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySettings:
    """The vendor, as contracts, slips and Pix codes name it. `document` is a CNPJ without punctuation.

    `whatsapp` (area code and number) and `hours` are of its finance, as customers see them; may be empty.
    """

    name: str
    document: str
    address: str
    city: str
    state: str
    email: str
    phone: str
    whatsapp: str
    hours: str

    @property
    def address_line(self) -> str:
        """Where it is, as papers and mails say it."""
        return f"{self.address}, {self.city}/{self.state}"

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, production: bool) -> "CompanySettings":
        """Read them; outside of production a made-up vendor stands in.

        Raises:
            SettingsError: naming each variable that production lacks.
        """
        values = {
            name: env.get(f"PORTAL_COMPANY_{name.upper()}", "" if production else default)
            for name, default in _MADE_UP.items()
        }
        if missing := [name for name, value in values.items() if name not in _OPTIONAL and not value.strip()]:
            raise SettingsError(
                "\n".join(f"PORTAL_COMPANY_{name.upper()} is required in production." for name in missing)
            )
        return cls(**values)


_MADE_UP = {
    "name": "Portal Sistemas Ltda.",
    "document": "11222333000181",
    "address": "Rua das Palmeiras, 100, Centro, CEP 88010-000",
    "city": "Florianópolis",
    "state": "SC",
    "email": "financeiro@portal.example",
    "phone": "4830000000",
    "whatsapp": "48990000000",
    "hours": "de segunda a sexta, das 9h às 18h",
}
_OPTIONAL = {"whatsapp", "hours"}
NAMES = tuple(f"PORTAL_COMPANY_{name.upper()}" for name in _MADE_UP)
