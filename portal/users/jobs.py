"""Mailing links for new passwords, apart from the request that asks for one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.queue import local_job
from portal.users.operations.passwords import answer_password_reset
from portal.users.rules import ANSWER_RESET_REQUEST


def _answer(session: Session, request_id: int, /, *, now: datetime) -> None:
    answer_password_reset(session, request_id=request_id, now=now)


answer_reset_request = local_job(ANSWER_RESET_REQUEST, title="Enviar link de nova senha", work=_answer)
