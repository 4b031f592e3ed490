"""Which `PORTAL_*` variables there are: one misspelled must not be one that nobody heeds."""

from collections.abc import Iterable
from difflib import get_close_matches

from portal.config import bank, cards, company, nfse, seal, whatsapp
from portal.config.problems import SettingsError

KNOWN = frozenset(
    {
        "PORTAL_BASE_URL",
        "PORTAL_BIND",
        "PORTAL_DATABASE_URL",
        "PORTAL_DEMO_CLOCK",
        "PORTAL_ENVIRONMENT",
        "PORTAL_LOG_LEVEL",
        "PORTAL_MAIL_FROM",
        "PORTAL_QUEUE_THREADS",
        "PORTAL_SECRET_KEY",
        "PORTAL_SMTP_URL",
        "PORTAL_TRUSTED_PROXIES",
        "PORTAL_VAR",
        "PORTAL_WEB_THREADS",
        *bank.NAMES,
        *cards.NAMES,
        *company.NAMES,
        *nfse.NAMES,
        *seal.NAMES,
        *whatsapp.NAMES,
    }
)
OF_THE_TESTS = frozenset({"PORTAL_HYPOTHESIS", "PORTAL_TEST_DATABASE", "PORTAL_TEST_WORKERS"})


def require_known(names: Iterable[str]) -> None:
    """Refuse a variable that looks like one of the portal's and is none.

    Raises:
        SettingsError: naming it, and the one it is most like.
    """
    for name in sorted(set(names) - KNOWN - OF_THE_TESTS):
        if name.startswith("PORTAL_"):
            nearest = get_close_matches(name, KNOWN, n=1, cutoff=0)[0]
            raise SettingsError(f"{name} is no setting of the portal. Did you mean {nearest}?")
