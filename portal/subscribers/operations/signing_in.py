"""Signing in by a mailed link, choosing a company, leaving."""

import secrets
from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from portal.shared import tokens
from portal.shared.queue import enqueue
from portal.shared.refusals import Missing
from portal.shared.tokens import hash_secret
from portal.subscribers import notifications
from portal.subscribers.models import SubscriberSession, SubscriberSignIn
from portal.subscribers.queries.people import Subscriber, get_entry, list_companies
from portal.subscribers.rules import ANSWER_SIGN_IN, KEPT_AFTER_END, SESSION_VALID_FOR, EntryNotWorking
from portal.users.rules import Origin, normal_email


def request_sign_in(session: Session, *, email: str, now: datetime) -> None:
    """Have a link to sign in mailed, if this is an address of a customer's.

    Count the request first (`users.operations.attempts.count_subscriber_link`). Whether it is anybody's is
    looked up by the queue: the same is done here for every address, so that no answer tells, by its time
    neither.
    """
    request = SubscriberSignIn(email=normal_email(email), asked_at=now)
    session.add(request)
    session.flush()
    enqueue(session, ANSWER_SIGN_IN, subject_id=request.id, now=now)


def answer_sign_in(session: Session, *, request_id: int, now: datetime) -> None:
    """Owe the link that somebody asked for; what nobody's address asked for is forgotten."""
    request = session.get(SubscriberSignIn, request_id, with_for_update=True)
    if request is None:
        return
    if list_companies(session, request.email):
        notifications.send_link(session, request, now=now)
    else:
        session.delete(request)


def enter(session: Session, *, secret: str, origin: Origin, now: datetime) -> str:
    """Use a mailed link up and begin a session; the session's token, which is kept nowhere.

    With one company only, that is looked at from the start.

    Raises:
        EntryNotWorking: made up, used or expired, also by somebody faster, or the address is nobody's now.
    """
    link, request = get_entry(session, secret, now=now)
    companies = list_companies(session, request.email)
    if not companies or not tokens.consume(session, link, now=now):
        raise EntryNotWorking
    token = secrets.token_urlsafe(32)
    session.add(
        SubscriberSession(
            token_hash=hash_secret(token),
            email=request.email,
            customer_id=companies[0].customer_id if len(companies) == 1 else None,
            created_at=now,
            expires_at=now + SESSION_VALID_FOR,
            device=origin.device,
            address=origin.address,
        )
    )
    session.flush()
    return token


def choose_company(session: Session, *, subscriber: Subscriber, customer_id: int) -> None:
    """Look at another of one's companies from now on.

    Raises:
        Missing: the address is not among this customer's people.
    """
    if customer_id not in {company.customer_id for company in list_companies(session, subscriber.email)}:
        raise Missing("Não encontramos esta empresa entre as suas.")
    session.execute(
        update(SubscriberSession)
        .where(SubscriberSession.id == subscriber.session_id)
        .values(customer_id=customer_id)
    )


def leave(session: Session, *, session_token: str, now: datetime) -> None:
    """End the session of this token, if it still runs."""
    session.execute(
        update(SubscriberSession)
        .where(SubscriberSession.token_hash == hash_secret(session_token))
        .where(SubscriberSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def forget_old(session: Session, *, now: datetime) -> int:
    """Remove sessions and requests that ended long ago; how many sessions."""
    limit = now - KEPT_AFTER_END
    session.execute(delete(SubscriberSignIn).where(SubscriberSignIn.asked_at < limit))
    removed = session.execute(
        delete(SubscriberSession)
        .where(or_(SubscriberSession.ended_at < limit, SubscriberSession.expires_at < limit))
        .returning(SubscriberSession.id)
    )
    return len(removed.all())
