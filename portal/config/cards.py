"""The card processor: our keys, or a sandbox that speaks its language, or none."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.config.problems import SettingsError
from portal.config.secrets import require_random

SECRET, PUBLIC, WEBHOOK = "PORTAL_CARD_SECRET_KEY", "PORTAL_CARD_PUBLIC_KEY", "PORTAL_CARD_WEBHOOK_SECRET"
SANDBOX = "PORTAL_CARD_SANDBOX_URL"
NAMES = (SECRET, PUBLIC, WEBHOOK, SANDBOX)
_PREFIXES = {SECRET: ("sk_", "rk_"), PUBLIC: ("pk_",), WEBHOOK: ("whsec_",)}
_STRIPE_SCRIPT = "https://js.stripe.com/v3/"
# What its script needs beside our own pages, as its security guide says.
_STRIPE_SOURCES = {
    "script-src": ("https://js.stripe.com", "https://*.js.stripe.com"),
    "frame-src": ("https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"),
    "connect-src": ("https://api.stripe.com",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSettings:
    """How to reach the card processor. `sandbox_url` is the address of a stand-in for it, without a slash."""

    secret_key: str
    public_key: str
    webhook_secret: str
    sandbox_url: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether real cards are charged."""
        return "_live_" in self.secret_key

    @property
    def script_url(self) -> str:
        """The processor's script, which takes the card in the customer's browser."""
        return f"{self.sandbox_url}/js.stripe.com/v3/" if self.sandbox_url else _STRIPE_SCRIPT

    @property
    def content_sources(self) -> Mapping[str, tuple[str, ...]]:
        """Which hosts the page with the card may use, by directive of its content policy."""
        if self.sandbox_url:
            return {"script-src": (self.sandbox_url,), "connect-src": (self.sandbox_url,)}
        return _STRIPE_SOURCES

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, production: bool) -> "CardSettings | None":
        """Read them; None without keys: cards are then shown as unavailable.

        Raises:
            SettingsError: some are missing or broken, belong to different modes, or would take play
                money for real or real money in play.
        """
        values = {name: env.get(name, "").strip() for name in _PREFIXES}
        sandbox_url = _sandbox(env.get(SANDBOX, "").strip())
        if not any(values.values()):
            if sandbox_url:
                raise SettingsError(f"{SANDBOX} needs {SECRET}, {PUBLIC} and {WEBHOOK} too.")
            return None
        for name, value in values.items():
            if not value:
                raise SettingsError(f"{name} is required once another key of the card processor is set.")
            if not value.startswith(_PREFIXES[name]):
                raise SettingsError(f"{name} must start with {' or '.join(_PREFIXES[name])}.")
        if production:
            require_random(WEBHOOK, values[WEBHOOK])
        _check_mode(values[SECRET], values[PUBLIC], sandbox_url, production=production)
        return cls(
            secret_key=values[SECRET],
            public_key=values[PUBLIC],
            webhook_secret=values[WEBHOOK],
            sandbox_url=sandbox_url,
        )


def _check_mode(secret_key: str, public_key: str, sandbox_url: str | None, *, production: bool) -> None:
    modes = {name: _mode(name, key) for name, key in ((SECRET, secret_key), (PUBLIC, public_key))}
    if modes[SECRET] != modes[PUBLIC]:
        raise SettingsError(
            f"{SECRET} is a {modes[SECRET]} key and {PUBLIC} a {modes[PUBLIC]} key: use two of one mode."
        )
    if modes[SECRET] == "live":
        if sandbox_url:
            raise SettingsError(f"{SANDBOX} is for test keys; live keys must not leave for a sandbox.")
        if not production:
            raise SettingsError(
                f"{SECRET} is a live key, which charges real cards: only PORTAL_ENVIRONMENT=production may."
            )
    elif production:
        raise SettingsError(f"{SECRET} is a test key: in production anybody could pay with a test card.")


def _mode(name: str, key: str) -> str:
    for mode in ("live", "test"):
        if key[2:].startswith(f"_{mode}_"):
            return mode
    raise SettingsError(f"{name} must contain _live_ or _test_ after its first two letters.")


def _sandbox(url: str) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise SettingsError(f"{SANDBOX} must be an address like http://127.0.0.1:8004.")
    return f"{parts.scheme}://{parts.netloc}"
