"""The notas fiscais de serviço (NFS-e nacional): who issues them, as the tax office knows the vendor."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from portal.config.problems import SettingsError

PREFIX = "PORTAL_NFSE_"
URL, PFX, PASSWORD, SCHEMAS, TEST = (
    f"{PREFIX}{name}" for name in ("URL", "PFX", "PASSWORD", "SCHEMAS", "TEST")
)


class TaxRegime(StrEnum):
    """How the vendor is taxed; decides the groups of a note."""

    NORMAL = "normal"
    MEI = "mei"
    SIMPLES = "simples"


# What a development machine uses: a town that exists, codes of software licensing, nothing of a real company.
_MADE_UP = {
    "CITY": "4205407",
    "REGISTRATION": "",
    "REGIME": TaxRegime.SIMPLES.value,
    "SIMPLES_RATE": "6.00",
    "SERIES": "1",
    "SERVICE_CODE": "010501",
    "SETUP_CODE": "010701",
    "CITY_CODE": "",
    "NBS": "",
    "OPERATION": "100301",
    "TAX_SITUATION": "000",
    "TAX_CLASS": "000001",
}
_SHAPES = {
    "CITY": (r"[0-9]{7}", "the seven figures by which the IBGE knows the town, e.g. 4205407"),
    "REGISTRATION": (r"[0-9A-Za-z]{0,15}", "the inscrição municipal, at most 15 letters and figures"),
    "REGIME": ("|".join(TaxRegime), "normal, mei or simples"),
    "SIMPLES_RATE": (r"[0-9]{1,2}\.[0-9]{2}", "the percentage of the Simples with two decimals, e.g. 6.00"),
    "SERIES": (r"[1-9][0-9]{0,4}", "a series of at most five figures that begins with none of zero"),
    "SERVICE_CODE": (r"[0-9]{6}", "the national code of the service, six figures, e.g. 010501"),
    "SETUP_CODE": (r"[0-9]{6}", "the national code of the setup, six figures, e.g. 010701"),
    "CITY_CODE": (r"([0-9]{3})?", "the town's own code, three figures, or nothing"),
    "NBS": (r"([0-9]{9})?", "the NBS code, nine figures, or nothing"),
    "OPERATION": (r"[0-9]{6}", "the code of the operation for IBS and CBS (cIndOp), six figures"),
    "TAX_SITUATION": (r"[0-9]{3}", "the tax situation for IBS and CBS (CST), three figures"),
    "TAX_CLASS": (r"[0-9]{6}", "the tax class for IBS and CBS (cClassTrib), six figures"),
}
_OPTIONAL = {"REGISTRATION", "CITY_CODE", "NBS", "SIMPLES_RATE", "SERIES", "TAX_SITUATION", "TAX_CLASS"}
NAMES = (URL, PFX, PASSWORD, SCHEMAS, TEST, *(f"{PREFIX}{name}" for name in _MADE_UP))


@dataclass(frozen=True, slots=True, kw_only=True)
class NfseSettings:
    """The issuer of the notes and where they are sent.

    `url` is of SEFIN Nacional or its sandbox; `is_test` says that notes are without legal effect (`tpAmb` 2).
    `service_code` and `setup_code` are the national codes of what is sold (LC 116), `city_code` is the
    town's own where it has one. `simples_rate` is a percentage as text. `operation`, `tax_situation` and
    `tax_class` classify the sale for IBS and CBS. `pfx` is None where the certificate of the seal signs them;
    `schemas` is None for those that come with the package.
    """

    url: str
    is_test: bool
    city: str
    registration: str
    regime: TaxRegime
    simples_rate: str
    series: str
    service_code: str
    setup_code: str
    city_code: str
    nbs: str
    operation: str
    tax_situation: str
    tax_class: str
    pfx: Path | None = None
    password: str = field(default="", repr=False)
    schemas: Path | None = None

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, production: bool) -> "NfseSettings | None":
        """Read them; None where `PORTAL_NFSE_URL` is not set: then no notes are issued.

        Raises:
            SettingsError: naming each variable that is missing or broken and what it must be.
        """
        url = env.get(URL, "")
        if not url:
            return None
        problems = [*_url_problems(url, production=production)]
        values = {name: env.get(f"{PREFIX}{name}", _default(name, production)) for name in _MADE_UP}
        problems += [
            f"{PREFIX}{name} must be {words}."
            for name, (shape, words) in _SHAPES.items()
            if not re.fullmatch(shape, values[name], re.ASCII)
        ]
        test = env.get(TEST, "0" if production else "1")
        if test not in ("0", "1"):
            problems.append(f"{TEST} must be 0 or 1.")
        if test == "0" and not production:
            problems.append(f"{TEST} must be 1 outside of production: such a note would be a real one.")
        schemas = env.get(SCHEMAS, "")
        if schemas and not Path(schemas).is_dir():
            problems.append(f"{SCHEMAS} must be the folder of the official XSDs of the NFS-e.")
        if problems:
            raise SettingsError("\n".join(problems))
        pfx = env.get(PFX, "")
        return cls(
            url=url.rstrip("/"),
            is_test=test == "1",
            regime=TaxRegime(values.pop("REGIME")),
            pfx=Path(pfx) if pfx else None,
            password=env.get(PASSWORD, "") if pfx else "",
            schemas=Path(schemas) if schemas else None,
            **{name.lower(): value for name, value in values.items()},
        )


def _default(name: str, production: bool) -> str:
    return "" if production and name not in _OPTIONAL else _MADE_UP[name]


def _url_problems(url: str, *, production: bool) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [f"{URL} must be the address of SEFIN Nacional, e.g. https://sefin.nfse.gov.br/SefinNacional."]
    if production and parts.scheme != "https":
        return [f"{URL} must begin with https:// in production: the certificate is shown to that server."]
    return []
