"""The certificate with which tests seal, made as the set-up of a development machine makes it."""

from datetime import UTC, datetime
from pathlib import Path

from portal.config import SealSettings
from portal.gateways.seal.pades import PadesSeal

# Before anything that happens in a test.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


def make_certificate(var: Path) -> SealSettings:
    """Give a portal whose PORTAL_VAR is `var` a certificate to seal with."""
    settings = SealSettings.from_environment({}, var, production=False)
    PadesSeal(settings).make_certificate(now=MADE_AT)
    return settings
