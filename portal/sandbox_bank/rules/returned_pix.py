"""What the bank of the tests says of a Pix that went back. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSaid:
    """A return, as it stands in a notice or an answer; `nature` of one nobody here asked for."""

    key: str
    amount_cents: int
    status: str
    at: datetime
    nature: str = "ORIGINAL"
    reason: str = ""

    @property
    def reference(self) -> str:
        """The bank's own name for it."""
        return f"D{self.key[:31]}"


def as_json(said: ReturnSaid) -> dict[str, object]:
    """As the Pix interface writes it."""
    return {
        "id": said.key,
        "rtrId": said.reference,
        "valor": f"{said.amount_cents // 100}.{said.amount_cents % 100:02d}",
        "horario": {"solicitacao": said.at.isoformat()},
        "status": said.status,
        "natureza": said.nature,
        **({"motivo": said.reason} if said.reason else {}),
    }


def with_returns(body: bytes, returns: Iterable[ReturnSaid]) -> bytes:
    """A notice of one Pix, with what went back of it."""
    said = json.loads(body)
    said["pix"][0]["devolucoes"] = [as_json(each) for each in returns]
    return json.dumps(said, ensure_ascii=False).encode()
