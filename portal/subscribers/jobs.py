"""Mailing links to sign in, apart from the request that asks for one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.queue import local_job
from portal.subscribers.operations.signing_in import answer_sign_in
from portal.subscribers.rules import ANSWER_SIGN_IN


def _answer(session: Session, request_id: int, /, *, now: datetime) -> None:
    answer_sign_in(session, request_id=request_id, now=now)


answer_subscriber_sign_in = local_job(
    ANSWER_SIGN_IN, title="Enviar link da Central do Assinante", work=_answer
)
