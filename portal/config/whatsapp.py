"""WhatsApp: the line by which messages leave by themselves, or none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from portal.config.problems import SettingsError
from portal.config.secrets import require_random

PREFIX = "PORTAL_WHATSAPP_"
URL, TOKEN, PHONE, ACCOUNT, SECRET, VERIFY = (
    f"{PREFIX}{name}" for name in ("URL", "TOKEN", "PHONE_ID", "ACCOUNT_ID", "APP_SECRET", "VERIFY_TOKEN")
)
NAMES = (URL, TOKEN, PHONE, ACCOUNT, SECRET, VERIFY)
CLOUD_API = "https://graph.facebook.com/v24.0"
FEWEST_LETTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppSettings:
    """A line of the WhatsApp Cloud API.

    `phone_id` is the line, `account_id` the WhatsApp Business account that owns its templates, `app_secret`
    signs what is told to us, `verify_token` is asked when the webhook is set up.
    """

    url: str
    phone_id: str
    account_id: str
    token: str = field(repr=False)
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, production: bool) -> "WhatsAppSettings | None":
        """Read them; None where `PORTAL_WHATSAPP_TOKEN` is not set: then people send from their own WhatsApp.

        Raises:
            SettingsError: naming each variable that is missing or broken and what it must be.
        """
        values = {name: env.get(name, "").strip() for name in NAMES}
        if not values[TOKEN]:
            if any(values.values()):
                raise SettingsError(f"{TOKEN} is required once another variable of WhatsApp is set.")
            return None
        url = (values[URL] or CLOUD_API).rstrip("/")
        if problems := [*_id_problems(values), *_secret_problems(values), *_url_problems(url, production)]:
            raise SettingsError("\n".join(problems))
        if production:
            require_random(VERIFY, values[VERIFY])
        return cls(
            url=url,
            phone_id=values[PHONE],
            account_id=values[ACCOUNT],
            token=values[TOKEN],
            app_secret=values[SECRET],
            verify_token=values[VERIFY],
        )


def _id_problems(values: Mapping[str, str]) -> list[str]:
    return [
        f"{name} must be the figures under which Meta knows it."
        for name in (PHONE, ACCOUNT)
        if not re.fullmatch(r"[0-9]{5,20}", values[name], re.ASCII)
    ]


def _secret_problems(values: Mapping[str, str]) -> list[str]:
    return [
        f"{name} must have at least {FEWEST_LETTERS} characters."
        for name in (SECRET, VERIFY)
        if len(values[name]) < FEWEST_LETTERS
    ]


def _url_problems(url: str, production: bool) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [f"{URL} must be an address like {CLOUD_API}."]
    if production and parts.scheme != "https":
        return [f"{URL} must begin with https:// in production: the token is shown to that server."]
    return []
