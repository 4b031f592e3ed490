"""A notice put into words as it leaves: its kind's letter, the link in it, and both bodies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from portal.shared import tokens
from portal.shared.fields import one_line
from portal.shared.mail import absolute_url
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, Paper, notice_kind
from portal.shared.tokens import LinkToken


def is_needed(session: Session, mail: MailMessage, *, now: datetime) -> bool:
    """Whether the cause of a notice still stands; of what was written before there were notices, always."""
    return mail.subject_id is None or notice_kind(mail.kind).is_needed(session, mail, now)


def write_letter(session: Session, mail: MailMessage, *, now: datetime) -> Mapping[str, str]:
    """Put a notice into words, in its row, and give it its link.

    Answers with what only the receiver may read, by what stands for it in the row: it is put in on the way
    out. Written again, as for another attempt, it says what is true then and keeps its link while that works.

    Raises:
        LookupError: there is no such kind.
        ValueError: the letter has a link or another secret that its template does not show.
    """
    if mail.subject_id is None:
        return _secret_of(_link_of(session, mail))
    letter = notice_kind(mail.kind).write(session, mail, now)
    token = _give_link(session, mail, letter.link, now=now) if letter.link else None
    context = dict(letter.context)
    if letter.link and token:
        context |= {"url": mail_link(token, letter.link.endpoint), "expires_at": token.expires_at}
    secrets = {**_secret_of(token), **letter.secrets}
    _render(mail, letter, context)
    if any(sign not in str(body) for sign in secrets for body in (mail.text_body, mail.html_body)):
        raise ValueError(f"the mail {letter.template} does not show its link or its code")
    mail.link_token_id = token.id if token else None
    session.flush()
    return secrets


def sender_of(session: Session, mail: MailMessage) -> str:
    """In whose name a notice leaves; "" for the portal itself."""
    return "" if mail.subject_id is None else one_line(notice_kind(mail.kind).in_name_of(session, mail))


def enclosed_in(session: Session, mail: MailMessage) -> Paper | None:
    """The paper that goes with a notice, if any does."""
    enclose = notice_kind(mail.kind).enclose if mail.subject_id is not None else None
    return enclose(session, mail) if enclose else None


def mail_link(token: LinkToken, endpoint: str) -> str:
    """The address of a page that opens with a link, as it rests in the body of a mail.

    The token's hash stands in the place of the secret: the hash is in the database anyway and opens nothing.
    """
    return absolute_url(endpoint, token=token.token_hash)


def _link_of(session: Session, mail: MailMessage) -> LinkToken | None:
    return session.get(LinkToken, mail.link_token_id) if mail.link_token_id else None


def _secret_of(token: LinkToken | None) -> dict[str, str]:
    return {token.token_hash: token.secret()} if token else {}


def _give_link(session: Session, mail: MailMessage, link: Link, *, now: datetime) -> LinkToken:
    known = _link_of(session, mail)
    if known is not None and tokens.still_leads_somewhere(known, now):
        return known  # whoever received it at an earlier attempt goes on with the same one
    if link.is_own:
        return tokens.issue(
            session,
            purpose=link.purpose,
            subject_id=link.subject_id,
            partner_id=link.partner_id,
            now=now,
            valid_for=link.ends_at - now,
            revoke_earlier=False,
        )
    return tokens.give_out(
        session,
        purpose=link.purpose,
        subject_id=link.subject_id,
        partner_id=link.partner_id,
        now=now,
        ends_at=link.ends_at,
    )


def _render(mail: MailMessage, letter: Letter, context: Mapping[str, Any]) -> None:
    mail.text_body = _rendered(f"{letter.template}.txt", context).strip() + "\n"
    mail.html_body = _rendered(f"{letter.template}.html", context)
    # One line: whatever stands in a name, it cannot begin another header.
    mail.subject = one_line(_rendered(f"{letter.template}.txt", context, block="subject"))


def _rendered(name: str, context: Mapping[str, Any], *, block: str | None = None) -> str:
    template = current_app.jinja_env.get_template(f"emails/{name}")
    if block is None:
        return template.render(context)
    return "".join(template.blocks[block](template.new_context(dict(context))))
