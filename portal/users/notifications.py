"""What the users room says to people, by mail."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.mail import absolute_url, mail_link, queue_mail
from portal.shared.tokens import LinkToken
from portal.users.models import User


def send_invitation(session: Session, user: User, *, link: LinkToken, invited_by: str, now: datetime) -> None:
    """Tell a person that an account waits for them, with the link that opens it."""
    queue_mail(
        session,
        key=f"invitation:{link.id}",
        to=user.email,
        to_name=user.name,
        template="invitation",
        context={
            "user": user,
            "invited_by": invited_by,
            "url": mail_link(link, "users.invitation"),
            "expires_at": link.expires_at,
        },
        now=now,
        partner_id=user.partner_id,
        link=link,
    )


def send_password_reset(session: Session, user: User, *, link: LinkToken, now: datetime) -> None:
    """Send the link with which a person chooses a new password."""
    queue_mail(
        session,
        key=f"password-reset:{link.id}",
        to=user.email,
        to_name=user.name,
        template="password_reset",
        context={"user": user, "url": mail_link(link, "users.new_password"), "expires_at": link.expires_at},
        now=now,
        partner_id=user.partner_id,
        link=link,
        is_urgent=True,
    )


def send_password_changed(session: Session, user: User, *, now: datetime) -> None:
    """Tell a person that the password was changed, in case it was somebody else."""
    queue_mail(
        session,
        key=f"password-changed:{user.id}:{now.isoformat()}",
        to=user.email,
        to_name=user.name,
        template="password_changed",
        context={"user": user, "changed_at": now, "url": absolute_url("users.forgotten_password")},
        now=now,
        partner_id=user.partner_id,
        is_urgent=True,
    )


def send_factor_notice(session: Session, user: User, *, what: str, now: datetime) -> None:
    """Tell a person what became of the second factor, in case it was somebody else."""
    queue_mail(
        session,
        key=f"second-factor:{user.id}:{now.isoformat()}:{what}",
        to=user.email,
        to_name=user.name,
        template="second_factor",
        context={"user": user, "what": what, "changed_at": now, "url": absolute_url("users.account")},
        now=now,
        partner_id=user.partner_id,
        is_urgent=True,
    )
