"""The certificate that signs notas fiscais: one of its own, or the seal's, the company's too."""

from collections.abc import Callable
from datetime import datetime

from portal.config import NfseSettings, SealSettings
from portal.gateways.seal.interface import SealUnavailable
from portal.gateways.seal.keys import SealKey, load_key


def note_key(settings: NfseSettings, seal: SealSettings) -> Callable[[datetime], SealKey]:
    """How to get it, opened when it is first needed; it raises SealUnavailable when none works then."""
    kept: list[SealKey] = []
    path, password = (settings.pfx, settings.password) if settings.pfx else (seal.pfx, seal.password)

    def open_key(at: datetime) -> SealKey:
        if not kept or not kept[0].works_at(at):
            if not path.is_file():
                raise SealUnavailable(f"There is no certificate {path} to sign notas fiscais with.")
            kept[:] = [load_key(path, password, now=at)]
        return kept[0]

    return open_key
