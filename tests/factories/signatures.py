"""Signatures for tests, made by the room's own operations on a printed contract."""

import re
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.documents.operations.printing import render_paper
from portal.partners.models import Partner
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken, Purpose
from portal.signatures.models import Envelope
from portal.signatures.operations.asking import open_envelope
from portal.signatures.operations.signing import agree_to_terms, confirm_signature
from portal.signatures.rules.signing import Signer, Visitor
from tests.factories.customers import MARIA_CPF, make_customer
from tests.factories.documents import STORED_AT, a_paper, make_file
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON
from tests.support.letters import all_written, as_read
from tests.support.remembered import remembered

MARIA = Signer(name="Maria da Silva", cpf=MARIA_CPF, email="maria@paoquente.com.br", phone="47999991234")
OTHER = Signer(name="João Alves", cpf="11144477735", email="joao@paoquente.com.br")
PHONE = Visitor(ip="200.150.10.2", user_agent="Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile")
TITLE = "Contrato 2026-000123"


@cache
def printed() -> bytes:
    """The contract of `factories.documents.a_paper` as a PDF."""
    return render_paper(a_paper(), now=STORED_AT)


@remembered
def make_envelope(
    session: Session,
    *,
    customer: Customer | None = None,
    signer: Signer = MARIA,
    now: datetime = NOON,
    **file: Any,
) -> Envelope:
    """A contract that somebody is asked to sign; its mail is in the outbox."""
    customer = customer or make_customer(session, partner_id=make_partner(session).id)
    values: dict[str, Any] = {"content": printed(), "reading": a_paper(), "layout": "contract_1"} | file
    stored = make_file(session, customer=customer, **values)
    partner = session.get_one(Partner, customer.partner_id)
    return open_envelope(
        session, file=stored, title=TITLE, signer=signer, partner=partner, actor=None, now=now
    )


def link_to(session: Session, envelope: Envelope) -> LinkToken:
    """The newest link to an envelope: its mails leave, so far as they did not."""
    asked = ("signature_request", "signature_reminder", "signature_completed")
    mails = select(MailMessage).where(MailMessage.kind.in_(asked), MailMessage.subject_id == envelope.id)
    all_written(session, session.scalars(mails.order_by(MailMessage.id)))
    newest = select(LinkToken).filter_by(purpose=Purpose.SIGNATURE, subject_id=envelope.id)
    return session.scalars(newest.order_by(LinkToken.id.desc()).limit(1)).one()


def mailed_code(session: Session) -> str:
    """The code in the mail that was written last."""
    newest = select(MailMessage).filter_by(kind="signature_code").order_by(MailMessage.id.desc())
    mail = session.scalars(newest.limit(1)).one()
    text = as_read(session, mail)
    found = re.search(r"^ +(\d{3}) (\d{3})$", text, re.MULTILINE)
    assert found, text
    return "".join(found.groups())


def agree(session: Session, token: LinkToken, *, now: datetime = NOON) -> str:
    """Agree to the terms; the code that was mailed."""
    agree_to_terms(session, token=token, visitor=PHONE, now=now)
    return mailed_code(session)


def confirm(session: Session, token: LinkToken, code: str, **changes: Any) -> Envelope:
    """Confirm as Maria from her phone; `changes` are arguments of `confirm_signature`."""
    values: dict[str, Any] = {
        "full_name": MARIA.name,
        "cpf": MARIA.cpf,
        "visitor": PHONE,
        "now": NOON,
    } | changes
    return confirm_signature(session, token=token, code=code, **values)


def sign(session: Session, envelope: Envelope, *, now: datetime = NOON) -> Envelope:
    """The signatory does all it takes; the job that seals is enqueued."""
    token = link_to(session, envelope)
    signer = envelope.signer
    code = agree(session, token, now=now)
    return confirm(session, token, code, full_name=signer.name, cpf=signer.cpf, now=now)
