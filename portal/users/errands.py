"""Mailing links for new passwords, apart from the request that asks for one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.errands import ErrandKind, Lane
from portal.users.operations.passwords import answer_password_reset
from portal.users.rules import ANSWER_RESET_REQUEST


def _prepare(_session: Session, request_id: int, *, now: datetime) -> int:  # noqa: ARG001 - as every kind's
    return request_id


def _do(request_id: int) -> int:
    return request_id


def _answer(session: Session, _subject_id: int, request_id: int, *, now: datetime) -> None:
    answer_password_reset(session, request_id=request_id, now=now)


answer_reset_request = ErrandKind(
    name=ANSWER_RESET_REQUEST,
    title="Enviar link de nova senha",
    lane=Lane.DEFAULT,
    prepare=_prepare,
    do=_do,
    settle=_answer,
)
