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
    contest_id: str = ""

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
        **({"idContestacao": said.contest_id} if said.contest_id else {}),
    }


def with_returns(body: bytes, returns: Iterable[ReturnSaid]) -> bytes:
    """A notice of one Pix, with what went back of it."""
    said = json.loads(body)
    said["pix"][0]["devolucoes"] = [as_json(each) for each in returns]
    return json.dumps(said, ensure_ascii=False).encode()


def contest_notice(
    end_to_end_id: str, *, contest_id: str, amount_cents: int, status: str, at: datetime
) -> bytes:
    """A notice that a Pix is contested, or that the contest was decided."""
    said = {
        "idContestacao": contest_id,
        "endToEndId": end_to_end_id,
        "valor": f"{amount_cents // 100}.{amount_cents % 100:02d}",
        "situacao": status,
        "motivo": "Golpe, segundo o cliente",
        "horario": at.isoformat(),
    }
    return json.dumps({"med": [said]}, ensure_ascii=False).encode()
