"""The certificate with which signed files are sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from portal.config.problems import SettingsError

PFX, PASSWORD, TSA_URL = NAMES = ("PORTAL_SEAL_PFX", "PORTAL_SEAL_PASSWORD", "PORTAL_SEAL_TSA_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSettings:
    """Where the certificate is (`pfx`, an A1 file), and who stamps the time ("" for nobody).

    With `is_development` the certificate is one that the set-up makes, `authority` being its root; signed
    files say so.
    """

    pfx: Path
    authority: Path
    password: str = field(default="", repr=False)
    tsa_url: str = ""
    is_development: bool

    @classmethod
    def from_environment(cls, env: Mapping[str, str], var_dir: Path, *, production: bool) -> "SealSettings":
        """Read them. Whether the certificate opens is found out when the app starts.

        Raises:
            SettingsError: naming the variable and what it must be.
        """
        pfx = env.get(PFX, "")
        if production and not pfx:
            raise SettingsError(
                f"{PFX} is required in production: the path of the company's A1 certificate (.pfx)."
            )
        tsa_url = env.get(TSA_URL, "")
        if tsa_url and (urlsplit(tsa_url).scheme not in ("http", "https") or not urlsplit(tsa_url).hostname):
            raise SettingsError(
                f"{TSA_URL} must be the address of a time stamp authority, e.g. https://tsa.example."
            )
        folder = var_dir / "seal"
        return cls(
            pfx=Path(pfx) if pfx else folder / "development.pfx",
            authority=folder / "authority.pem",
            password=env.get(PASSWORD, "") if pfx else "",
            tsa_url=tsa_url,
            is_development=not pfx,
        )
