"""The settings of a process."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from portal.config.bank import BankSettings
from portal.config.beside import DATABASE_URL, beside_a_run
from portal.config.cards import CardSettings
from portal.config.company import CompanySettings
from portal.config.nfse import NfseSettings
from portal.config.problems import SettingsError, read_all
from portal.config.seal import SealSettings
from portal.config.secrets import require_random
from portal.config.whatsapp import WhatsAppSettings

ENVIRONMENTS = ("development", "test", "production")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MIN_SECRET_LENGTH = 32
DATABASE_EXAMPLE = "e.g. postgresql://user@host/portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this process runs."""

    environment: str
    database_url: str
    secret_key: str
    base_url: str
    mail_host: str
    mail_port: int
    mail_user: str
    mail_password: str
    mail_tls: bool
    mail_from: str
    var_dir: Path
    queue_threads: Mapping[str, int]
    company: CompanySettings
    cards: CardSettings | None
    seal: SealSettings
    bank: BankSettings
    nfse: NfseSettings | None = None
    whatsapp: WhatsAppSettings | None = None
    demo_clock: bool = False
    trusted_proxies: int = 0
    log_level: str = "INFO"

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Settings":
        """Read and check them all; of a command beside `make run`, what it leaves open is that run's.

        Raises:
            SettingsError: naming each variable that is missing or broken and what it must be.
        """
        env = beside_a_run(env)
        environment = _one_of(env, "PORTAL_ENVIRONMENT", ENVIRONMENTS, "development")
        production = environment == "production"
        var_dir = Path(env.get("PORTAL_VAR", "var")).resolve()
        smtp_url = env.get("PORTAL_SMTP_URL", "" if production else "smtp://127.0.0.1:1025")
        base_url = env.get("PORTAL_BASE_URL", "" if production else "http://127.0.0.1:8000")
        sender = env.get("PORTAL_MAIL_FROM", "Portal do Parceiro <portal@portal.example>")
        values = read_all(
            {
                "database_url": lambda: _database(env.get("PORTAL_DATABASE_URL", ""), var_dir, production),
                "secret_key": lambda: _secret(env.get("PORTAL_SECRET_KEY", ""), var_dir, production),
                "base_url": lambda: _base_url(base_url, production),
                "mail": lambda: _smtp(smtp_url),
                "mail_from": lambda: _sender(sender),
                "queue_threads": lambda: _threads(env.get("PORTAL_QUEUE_THREADS", "")),
                "company": lambda: CompanySettings.from_environment(env, production=production),
                "cards": lambda: CardSettings.from_environment(env, production=production),
                "seal": lambda: SealSettings.from_environment(env, var_dir, production=production),
                "demo_clock": lambda: _demo_clock(env, environment),
                "bank": lambda: _bank(env, base_url, production=production),
                "nfse": lambda: NfseSettings.from_environment(env, production=production),
                "whatsapp": lambda: WhatsAppSettings.from_environment(env, production=production),
                "trusted_proxies": lambda: _count(
                    env.get("PORTAL_TRUSTED_PROXIES", "0"), "PORTAL_TRUSTED_PROXIES"
                ),
                "log_level": lambda: _one_of(env, "PORTAL_LOG_LEVEL", LOG_LEVELS, "INFO"),
            }
        )
        mail: SplitResult = values.pop("mail")
        return cls(
            **values,
            environment=environment,
            var_dir=var_dir,
            mail_host=mail.hostname or "",
            mail_port=mail.port or 0,
            mail_user=unquote(mail.username or ""),
            mail_password=unquote(mail.password or ""),
            mail_tls=mail.scheme == "smtps",
        )


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(name, default)
    if value not in allowed:
        raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def _demo_clock(env: Mapping[str, str], environment: str) -> bool:
    """Whether the portal's clock may be moved forward; by itself only in development."""
    value = env.get("PORTAL_DEMO_CLOCK", "1" if environment == "development" else "0")
    if value not in ("0", "1"):
        raise SettingsError("PORTAL_DEMO_CLOCK must be 0 or 1.")
    if value == "1" and environment == "production":
        raise SettingsError(
            "PORTAL_DEMO_CLOCK cannot be 1 in production: what happens there has its real day."
        )
    return value == "1"


def _threads(text: str) -> Mapping[str, int]:
    """ "mail=4 card=2" → {"mail": 4, "card": 2}; what lanes there are, the worker knows."""
    try:
        threads = {lane: int(count) for lane, count in (entry.split("=") for entry in text.split())}
    except ValueError:
        threads = {"": 0}
    if any(not lane or count < 1 for lane, count in threads.items()):
        raise SettingsError('PORTAL_QUEUE_THREADS must say threads for each lane, e.g. "mail=4 card=2".')
    return threads


def _database(url: str, var_dir: Path, production: bool) -> str:
    kept = var_dir / DATABASE_URL
    if not url and not production and kept.is_file():
        url = kept.read_text().strip()
    if not url:
        raise SettingsError(
            f"PORTAL_DATABASE_URL is required, {DATABASE_EXAMPLE} "
            "(`make run` starts a database of its own and keeps its address in var/database-url)."
        )
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(f"PORTAL_DATABASE_URL is not a database address, {DATABASE_EXAMPLE}.") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "postgresql+psycopg":
        raise SettingsError(f"PORTAL_DATABASE_URL must name a PostgreSQL, {DATABASE_EXAMPLE}.")
    return parsed.render_as_string(hide_password=False)


def _secret(value: str, var_dir: Path, production: bool) -> str:
    kept = var_dir / "secret_key"
    if not value and not production and kept.is_file():
        value = kept.read_text().strip()
    if not value:
        raise SettingsError(
            "PORTAL_SECRET_KEY is required: at least 32 random characters that stay the same "
            "(`make run` makes one in var/secret_key)."
        )
    if len(value) < MIN_SECRET_LENGTH:
        raise SettingsError(f"PORTAL_SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters.")
    if production:
        require_random("PORTAL_SECRET_KEY", value)
    return value


def _base_url(value: str, production: bool) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(
            "PORTAL_BASE_URL must be the address people open, e.g. https://portal.example.com.br."
        )
    if production and parts.scheme != "https":
        raise SettingsError(
            "PORTAL_BASE_URL must begin with https:// in production: over http, whoever listens reads along "
            "passwords, sessions and the links of customers."
        )
    return value.rstrip("/")


def _bank(env: Mapping[str, str], base_url: str, *, production: bool) -> BankSettings:
    """The bank of the tests is a part of the portal: so is its Pix interface."""
    bank = BankSettings.from_environment(env, production=production)
    if bank.sandbox and not bank.pix_url:
        return replace(bank, pix_url=f"{base_url.rstrip('/')}/banco-de-teste")
    return bank


def _count(value: str, name: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 1:
        raise SettingsError(f"{name} must be a number from 0 to 9: how many proxies stand in front.")
    return int(value)


def _sender(value: str) -> str:
    _name, address = parseaddr(value)
    if not all(address.rpartition("@")) or not address.isascii():
        raise SettingsError("PORTAL_MAIL_FROM must look like Portal <portal@example.com.br>.")
    return value


def _smtp(value: str) -> SplitResult:
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not port:
        raise SettingsError(
            "PORTAL_SMTP_URL must look like smtp://user:password@host:587 (smtps:// for TLS)."
        )
    return parts
