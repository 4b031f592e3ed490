"""Sealing what was signed: printed with its certificate page and closed, outside of any request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from portal.documents.operations.printing import render_signed_paper
from portal.documents.rules.certificate import CertificateSheet
from portal.gateways.seal.interface import SealGateway, SealUnavailable
from portal.shared.queue import JobKind, Lane, TryLater
from portal.signatures.operations.sealing import SealingOrder, sealing_order, store_sealed
from portal.signatures.rules.signing import SEAL_DOCUMENT


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A file that is closed, and by which certificate."""

    content: bytes
    fingerprint: str
    is_development: bool


def _prepare(
    session: Session,
    envelope_id: int,
    *,
    now: datetime,
) -> SealingOrder | None:
    return sealing_order(session, envelope_id, now=now)


def _do(order: SealingOrder) -> _Sealed:
    gateway: SealGateway = current_app.extensions["portal.seal"]
    try:
        identity = gateway.identity(at=order.sealed_at)
        facts: dict[str, Any] = {
            **order.sheet,
            "seal_holder": identity.holder,
            "seal_issuer": identity.issuer,
            "time_stamp_authority": identity.time_stamp_authority,
            "is_development": identity.is_development,
        }
        printed = render_signed_paper(
            order.paper, CertificateSheet(**facts), layout=order.layout, now=order.signed_at
        )
        content = gateway.seal(printed, reason=order.reason, at=order.sealed_at)
    except SealUnavailable as reason:
        raise TryLater(str(reason)) from reason
    return _Sealed(content, identity.fingerprint, identity.is_development)


def _settle(session: Session, envelope_id: int, sealed: _Sealed, *, now: datetime) -> None:
    store_sealed(
        session,
        envelope_id=envelope_id,
        content=sealed.content,
        fingerprint=sealed.fingerprint,
        is_development=sealed.is_development,
        now=now,
    )


seal_document = JobKind(
    name=SEAL_DOCUMENT,
    title="Selar o documento assinado",
    lane=Lane.PAPER,
    before=_prepare,
    call=_do,
    record=_settle,
)
