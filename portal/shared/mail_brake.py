"""The brake of the outbox: how many mails an hour may leave to a receiver, by a person, for a partner.

A mail above a limit is neither lost nor refused: it is `held`, with the reason, until the hour has room
(`mail_release.py`) or an administrator decides. The hour is the last sixty minutes, not one of the clock.
There is no "unlimited": the settings begin at 1.

**Two looks.** `queue_notice` looks *when it is queued*, in the transaction of the cause, without a lock: it
counts what was let go and what waits to be. Two transactions at once do not see each other's mails, so both
may pass. Therefore delivery looks again before a mail leaves, under a lock (`take_turn`), at what was let go:
that count is exact. The first look takes no lock because a transaction there holds others, and goes on to
take more (decision 9): two that write to the same people in another order would wait for each other.

**Urgent mails** are those that an account or a signature depends on: the link for a new password, the
notices that a password or the second factor changed, the code to sign. They fill the hours like any other,
but only *urgent* mails to the same receiver hold them back, never the limits of a person or a partner:
whoever floods a mailbox with proposals must not keep a warning out of it. What asks for them has narrower
throttles of its own (`users/operations/attempts.py`, `CODES_AN_HOUR` of signatures); this is the net below.

**Mails of a run** (invoices, notices of lateness: `queue_notices`) are as many as there are customers, and
due on a day. They neither meet the limit of a partner nor count in it; that of their receiver holds for them
as for any other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select, text
from sqlalchemy.orm import Session

from portal.shared.mail_rows import MailMessage, MailState

HOUR = timedelta(hours=1)
RECEIVER, SENDER, PARTNER = (
    "Limite de {} por hora para o mesmo destinatário.",
    "Limite de {} por hora causados pela mesma pessoa.",
    "Limite de {} por hora do mesmo parceiro.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLimits:
    """Mails an hour, as parts of a statement: the numbers in force are read where they are compared."""

    per_receiver: ColumnElement[int]
    per_sender: ColumnElement[int]
    per_partner: ColumnElement[int]


def why_held(
    session: Session, mail: MailMessage, *, limits: MailLimits, now: datetime, at_the_door: bool = False
) -> str:
    """Why a mail may not leave now, in Portuguese; "" when it may. One statement.

    `at_the_door`: what waits to be let go counts too.
    """
    counted = MailMessage.let_go_at > now - HOUR
    if at_the_door:
        waits = MailMessage.let_go_at.is_(None) & (MailMessage.state == MailState.QUEUED)
        counted = or_(counted, and_(waits, MailMessage.created_at > now - HOUR))
    looks = [(why, limit, _count(counted, *same)) for why, limit, same in _looks(mail, limits)]
    found = session.execute(
        select(*(column for _why, limit, count in looks for column in (limit, count)))
    ).one()
    for number, (why, _limit, _counted) in enumerate(looks):
        limit, count = found[2 * number : 2 * number + 2]
        if count >= limit:
            return why.format("1 e-mail" if limit == 1 else f"{limit} e-mails")
    return ""


def take_turn(session: Session) -> None:
    """Let no other mail pass the brake until this transaction ends. Taken before any row of a mail."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('portal.mail_brake'))"))


type _Look = tuple[str, ColumnElement[int], tuple[ColumnElement[bool], ...]]


def _looks(mail: MailMessage, limits: MailLimits) -> list[_Look]:
    same_receiver = func.lower(MailMessage.to_address) == func.lower(mail.to_address)
    if mail.is_urgent:
        return [(RECEIVER, limits.per_receiver, (same_receiver, MailMessage.is_urgent.is_(True)))]
    looks: list[_Look] = [(RECEIVER, limits.per_receiver, (same_receiver,))]
    if mail.caused_by_id is not None:
        looks.append((SENDER, limits.per_sender, (MailMessage.caused_by_id == mail.caused_by_id,)))
    if mail.partner_id is not None and not mail.is_of_run:
        by_people = (MailMessage.partner_id == mail.partner_id, ~MailMessage.is_of_run)
        looks.append((PARTNER, limits.per_partner, by_people))
    return looks


def _count(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(MailMessage.id)).where(*conditions).scalar_subquery()
