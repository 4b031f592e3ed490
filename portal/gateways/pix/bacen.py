"""The Pix interface as the Banco Central specifies it: `PUT /pix/{e2eid}/devolucao/{id}`.

The id is ours, so that a call that may have happened is simply made again. Errors are RFC 7807 problems.
"""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from portal.gateways.pix.interface import (
    PixReturnOrder,
    PixReturnReport,
    PixReturnStatus,
    PixUnavailable,
)

TIMEOUT_S = 15
LARGEST_ANSWER = 64 * 1024
LONGEST_WORDS = 140
REFUSALS = frozenset({400, 404, 409, 410, 422})
_STATUSES = {
    "EM_PROCESSAMENTO": PixReturnStatus.PROCESSING,
    "DEVOLVIDO": PixReturnStatus.RETURNED,
    "NAO_REALIZADO": PixReturnStatus.NOT_DONE,
}


class BacenPix:
    """A PixGateway."""

    def __init__(self, *, url: str, token: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._timeout_s = timeout_s

    def give_back(self, order: PixReturnOrder) -> PixReturnReport:
        reais, centavos = divmod(order.amount_cents, 100)
        body = {"valor": f"{reais}.{centavos:02d}", "descricao": order.words[:LONGEST_WORDS]}
        path = f"/pix/{quote(order.end_to_end_id, safe='')}/devolucao/{quote(order.key, safe='')}"
        try:
            return _read(self._put(path, body))
        except HTTPError as error:
            with error:
                if error.code in REFUSALS:
                    return PixReturnReport(status=PixReturnStatus.NOT_DONE, reason=_problem(error))
            raise PixUnavailable(f"the bank answered {error.code}") from error
        except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
            raise PixUnavailable(type(error).__name__) from error

    def _put(self, path: str, body: dict[str, str]) -> bytes:
        request = Request(  # noqa: S310 - the settings know http and https only
            self._url + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
            method="PUT",
        )
        with urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310
            content: bytes = answer.read(LARGEST_ANSWER)
        return content


def _read(content: bytes) -> PixReturnReport:
    said: Any = json.loads(content)
    return PixReturnReport(
        status=_STATUSES[said["status"]],
        reference=str(said.get("rtrId") or ""),
        reason=str(said.get("motivo") or ""),
    )


def _problem(error: HTTPError) -> str:
    """What the bank says is wrong, in its own words; they are Portuguese."""
    try:
        said = json.loads(error.read(LARGEST_ANSWER))
        return str(said.get("detail") or said.get("title") or error.code)
    except (ValueError, AttributeError, OSError):
        return str(error.code)
