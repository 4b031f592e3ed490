"""A nota fiscal de serviço as it is printed (DANFSe), as plain data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DanfseParty:
    """Who issues a note, or who it is for. Texts are formatted, "" where the note does not say."""

    name: str
    document: str
    registration: str
    address: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DanfseSheet:
    """A note as the tax office gave it: all of it is read from the signed XML.

    `ended` says that it is canceled or replaced; `is_test` that it has no legal effect. `taxes` and `reform`
    are names and values, in the order they are printed. `qr` is an SVG of `consultation`.
    """

    access_key: str
    consultation: str
    qr: str
    is_test: bool
    ended: str
    number: str
    competence: str
    processed_at: str
    dps: str
    dps_issued_at: str
    town: str
    issuer: DanfseParty
    taker: DanfseParty
    service_code: str
    service_name: str
    description: str
    taxes: tuple[tuple[str, str], ...]
    reform: tuple[tuple[str, str], ...]
    amount: str
    discount: str
    net_amount: str
