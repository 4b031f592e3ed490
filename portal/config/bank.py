"""The vendor's bank account: where boletos, Pix and TEDs are paid to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal.config.problems import SettingsError, read_all
from portal.config.secrets import require_random

BANKS = ("341",)  # of the first account; accounts at other banks are added as rows
MIN_SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSettings:
    """The first account, and how the bank reaches us.

    `webhook_secret` signs what the bank tells us; `sandbox` opens the bank of the tests. `folder` is the one
    its transfer program shares with us, None without one. `pix_url` is the bank's Pix interface, with
    `pix_token` to be let in; "" without one: a Pix is then given back by hand.
    """

    code: str
    branch: str
    account: str
    account_digit: str
    wallet: str
    pix_key: str
    webhook_secret: str
    sandbox: bool
    folder: Path | None = None
    pix_url: str = ""
    pix_token: str = ""

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, production: bool) -> "BankSettings":
        """Read them; outside of production a made-up account and a sandbox bank stand in.

        Raises:
            SettingsError: naming each variable that is missing or broken, or known to everybody.
        """
        readers: dict[str, Callable[[], Any]] = {
            name: partial(_read, env, name, production=production) for name in _ACCOUNT
        }
        readers |= {
            "sandbox": lambda: _sandbox(env, production=production),
            "folder": lambda: _folder(env),
            "pix_url": lambda: _pix_url(env, production=production),
            "pix_token": lambda: _pix_token(env, production=production),
        }
        return cls(**read_all(readers))


@dataclass(frozen=True, slots=True)
class _Variable:
    pattern: str
    meaning: str
    made_up: str


_ACCOUNT = {
    "code": _Variable("|".join(BANKS), f"the bank's number ({', '.join(BANKS)})", "341"),
    "branch": _Variable("[0-9]{4}", "the branch's 4 digits", "0057"),
    "account": _Variable("[0-9]{5}", "the account's 5 digits", "12345"),
    "account_digit": _Variable("[0-9]", "the account's check digit", "7"),
    "wallet": _Variable("[0-9]{3}", "the collection wallet (carteira), e.g. 109", "109"),
    "pix_key": _Variable(r"[0-9A-Za-z@.+_-]{5,77}", "a Pix key of the account", "11222333000181"),
    "webhook_secret": _Variable(
        f".{{{MIN_SECRET_LENGTH},}}",
        f"at least {MIN_SECRET_LENGTH} random characters, agreed with the bank",
        "segredo-do-banco-de-teste-apenas-local",
    ),
}

PIX_URL, PIX_TOKEN = "PORTAL_BANK_PIX_URL", "PORTAL_BANK_PIX_TOKEN"
NAMES = (
    "PORTAL_BANK_SANDBOX",
    "PORTAL_BANK_FOLDER",
    PIX_URL,
    PIX_TOKEN,
    *(f"PORTAL_BANK_{name.upper()}" for name in _ACCOUNT),
)
SANDBOX_PIX_TOKEN = "token-do-pix-de-teste-apenas-local"  # noqa: S105 - lets into the bank of the tests alone


def _pix_url(env: Mapping[str, str], *, production: bool) -> str:
    value = env.get(PIX_URL, "").strip().rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise SettingsError(f"{PIX_URL} must be an address like https://pix.example.com/v2.")
    if value and production and parts.scheme != "https":
        raise SettingsError(f"{PIX_URL} must begin with https:// in production: money leaves by it.")
    return value


def _pix_token(env: Mapping[str, str], *, production: bool) -> str:
    value = env.get(PIX_TOKEN, "" if production else SANDBOX_PIX_TOKEN).strip()
    if production and env.get(PIX_URL, "").strip():
        require_random(PIX_TOKEN, value, known=SANDBOX_PIX_TOKEN)
    return value


def _folder(env: Mapping[str, str]) -> Path | None:
    value = env.get("PORTAL_BANK_FOLDER", "")
    if value and not Path(value).is_absolute():
        raise SettingsError("PORTAL_BANK_FOLDER must be the whole path of a folder, from / on.")
    return Path(value) if value else None


def _sandbox(env: Mapping[str, str], *, production: bool) -> bool:
    value = env.get("PORTAL_BANK_SANDBOX", "0" if production else "1")
    if value not in ("0", "1"):
        raise SettingsError("PORTAL_BANK_SANDBOX must be 0 or 1.")
    if production and value == "1":
        raise SettingsError("PORTAL_BANK_SANDBOX cannot be 1 in production: its money is not real.")
    return value == "1"


def _read(env: Mapping[str, str], name: str, *, production: bool) -> str:
    variable, known = f"PORTAL_BANK_{name.upper()}", _ACCOUNT[name]
    value = env.get(variable, "" if production else known.made_up)
    if not re.fullmatch(known.pattern, value):
        raise SettingsError(f"{variable} must be {known.meaning}.")
    if production and name == "webhook_secret":
        require_random(variable, value, known=known.made_up)
    return value
