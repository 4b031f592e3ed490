"""Erasing what is kept about a customer and no law or contract asks for (LGPD, art. 18).

Name, document and address of who was invoiced stay with contracts, invoices, payments and the log for as long
as the law says; so does the signatory, since a signed contract may be disputed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.customers.models import Contact, Customer
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.refusals import Refusal
from portal.subscribers import notifications
from portal.subscribers.models import SubscriberSession, SubscriberSignIn
from portal.subscribers.queries.erasure import has_contract, open_requests, people_of
from portal.tasks.operations import close_task
from portal.tasks.rules import TaskResult
from portal.whatsapp.operations.people import forget_texts

PRESSED_TWICE = timedelta(minutes=1)


class AnswerMissing(Refusal):
    """Nobody wrote what the customer is told."""

    def __init__(self) -> None:
        super().__init__("Escreva a resposta ao cliente.", field="words")


def erase(session: Session, *, customer: Customer, words: str, actor: Actor, now: datetime) -> Sequence[str]:
    """Erase contacts, notes and sign-ins of a loaded customer; phone and e-mail too where no contract is in
    force or under way. Who asked is told in `words`. Gives what was erased; pressed twice, nothing.

    Raises:
        AnswerMissing: at `words`.
    """
    if not words.strip():
        raise AnswerMissing
    audit.lock_stream(session, customer_id=customer.id)
    session.refresh(customer, ["erased_at", "phone", "email", "notes"])
    if customer.erased_at is not None and now - customer.erased_at < PRESSED_TWICE:
        return ()
    addresses, told = people_of(customer), customer.email or _first(people_of(customer))
    erased = _erase_people(session, customer, addresses)
    if not has_contract(session, customer.id):
        erased += _erase_reach(customer)
    customer.erased_at, customer.wants_offers = now, False
    session.flush()
    audit.record(
        session,
        action="personal_data_erased",
        summary=f"Dados pessoais excluídos: {', '.join(erased)}",
        subject=customer,
        owner=customer,
        actor=actor,
        now=now,
        reason=words.strip(),
    )
    for task in open_requests(session, customer.id):
        close_task(session, task=task, result=TaskResult.DONE, note=words, actor=actor, now=now)
    if told:
        notifications.tell_of_erasure(session, customer=customer, to=told, now=now)
    return erased


def _erase_people(session: Session, customer: Customer, addresses: Sequence[str]) -> list[str]:
    contacts = session.execute(
        delete(Contact).where(Contact.customer_id == customer.id).returning(Contact.id)
    ).all()
    notes, customer.notes = customer.notes, ""
    session.execute(
        update(SubscriberSession)
        .where(SubscriberSession.customer_id == customer.id)
        .values(device="", address="")
    )
    session.execute(delete(SubscriberSignIn).where(SubscriberSignIn.email.in_(addresses)))
    forget_texts(session, customer_id=customer.id)
    session.expire(customer, ["contacts"])
    found = (("contatos", bool(contacts)), ("observações", bool(notes)))
    return ["aparelhos e redes dos acessos", *(name for name, was_there in found if was_there)]


def _erase_reach(customer: Customer) -> list[str]:
    erased = [name for name, value in (("telefone", customer.phone), ("e-mail", customer.email)) if value]
    customer.phone, customer.email = "", ""
    return erased


def _first(addresses: Sequence[str]) -> str:
    return addresses[0] if addresses else ""
