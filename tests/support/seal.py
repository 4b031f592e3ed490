"""The certificate with which tests seal, made as the set-up of a development machine makes it."""

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.config import SealSettings
from portal.gateways.seal.pades import PadesSeal

# Before anything that happens in a test.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


def make_certificate(var: Path) -> SealSettings:
    """Give a portal whose PORTAL_VAR is `var` a certificate to seal with."""
    settings = SealSettings.from_environment({}, var, production=False)
    PadesSeal(settings).make_certificate(now=MADE_AT)
    return settings


def lend_certificate(var: Path) -> None:
    """As `make_certificate`, with a copy of one that this process made: new keys take a while to find."""
    shutil.copytree(_kept().name, var, dirs_exist_ok=True)


@cache
def _kept() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()
    make_certificate(Path(folder.name))
    return folder
