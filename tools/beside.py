"""What stands beside the portal on one machine: the mail catcher, and sandboxes of the outside."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from portal.config import Settings
from tools.folder import CARD_STORE, TAX_STORE, WHATSAPP_STORE
from tools.whatsapp_line.notices import ACCOUNT, PHONE


@dataclass(frozen=True, slots=True)
class Beside:
    """A process beside the portal, its ports, and the line that tells of it."""

    name: str
    command: tuple[str, ...]
    ports: tuple[int, ...]
    title: str
    words: str


def beside_the_portal(var: Path, port: int, settings: Settings) -> list[Beside]:
    """The mail catcher and the sandboxes, unless the environment names a real one."""
    found = []
    if "PORTAL_SMTP_URL" not in os.environ:
        ports = (port + 1, port + 2, port + 3)
        where = f"http://127.0.0.1:{port + 1}"
        found.append(Beside("mail catcher", mail_catcher(port), ports, "Mail catcher", where))
    if settings.cards is not None and settings.cards.sandbox_url == card_sandbox_url(port):
        words = "a sandbox; the card page names the numbers it takes, never type a real one"
        found.append(Beside("card sandbox", card_sandbox(var, port), (port + 4,), "Cards", words))
    if settings.nfse is not None and settings.nfse.url == tax_office_url(port):
        words = f"{tax_office_url(port)}, a sandbox that issues notas fiscais and can be told to fail"
        found.append(Beside("tax office", tax_office(var, port), (port + 5,), "Tax office", words))
    if settings.whatsapp is not None and settings.whatsapp.url == whatsapp_url(port):
        words = f"{whatsapp_url(port)}, a sandbox: reads what was sent, answers as a customer"
        command = whatsapp_line(var, port)
        found.append(Beside("whatsapp", command, (port + 6,), "WhatsApp", words))
    return found


def mail_catcher(port: int) -> tuple[str, ...]:
    """Its page, SMTP and IMAP stand at the three ports after the portal's."""
    page, smtp, imap = port + 1, port + 2, port + 3
    return (
        *(sys.executable, "-m", "mail_devel", "--host", "127.0.0.1", "--gen-password"),
        *("--http-port", str(page), "--smtp-port", str(smtp), "--imap-port", str(imap)),
    )


def card_sandbox_url(port: int) -> str:
    """Where the sandbox of the card processor stands: after the mail catcher."""
    return f"http://127.0.0.1:{port + 4}"


def card_keys(secret: str, port: int) -> dict[str, str]:
    """Keys for the sandbox, which takes any; its notices are signed by one nobody else knows."""
    signing = hashlib.sha256(f"card sandbox:{secret}".encode()).hexdigest()
    return {
        "PORTAL_CARD_SECRET_KEY": "sk_test_sandbox",
        "PORTAL_CARD_PUBLIC_KEY": "pk_test_sandbox",
        "PORTAL_CARD_WEBHOOK_SECRET": f"whsec_{signing}",
        "PORTAL_CARD_SANDBOX_URL": card_sandbox_url(port),
    }


def card_sandbox(var: Path, port: int) -> tuple[str, ...]:
    """A process of its own; what it knows is kept beside the database."""
    store = str(var / CARD_STORE)
    return (sys.executable, "-m", "tools.card_sandbox", "--port", str(port + 4), "--store", store)


def tax_office_url(port: int) -> str:
    """Where the sandbox of the tax office stands: after that of the cards."""
    return f"http://127.0.0.1:{port + 5}"


def tax_office(var: Path, port: int) -> tuple[str, ...]:
    """A process of its own; what it issued is kept beside the database."""
    store = str(var / TAX_STORE)
    return (sys.executable, "-m", "tools.tax_office", "--port", str(port + 5), "--store", store)


def whatsapp_url(port: int) -> str:
    """Where the sandbox of WhatsApp stands: after that of the tax office."""
    return f"http://127.0.0.1:{port + 6}"


def whatsapp_keys(secret: str, port: int) -> dict[str, str]:
    """Keys for the sandbox, which takes any token; its notices are signed by one nobody else knows."""
    signing = hashlib.sha256(f"whatsapp sandbox:{secret}".encode()).hexdigest()
    return {
        "PORTAL_WHATSAPP_URL": whatsapp_url(port),
        "PORTAL_WHATSAPP_TOKEN": "token-de-teste",
        "PORTAL_WHATSAPP_PHONE_ID": PHONE,
        "PORTAL_WHATSAPP_ACCOUNT_ID": ACCOUNT,
        "PORTAL_WHATSAPP_APP_SECRET": signing,
        "PORTAL_WHATSAPP_VERIFY_TOKEN": signing[:32],
    }


def whatsapp_line(var: Path, port: int) -> tuple[str, ...]:
    """A process of its own, which tells the portal; what it knows is kept beside the database."""
    return (
        *(sys.executable, "-m", "tools.whatsapp_line", "--port", str(port + 6)),
        *("--store", str(var / WHATSAPP_STORE), "--hook", f"http://127.0.0.1:{port}/webhooks/whatsapp"),
    )
