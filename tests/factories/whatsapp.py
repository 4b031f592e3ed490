"""WhatsApp for tests: a policy that reminds by it, and customers with a mobile number."""

from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.dunning.models import DunningMessage, DunningRun
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.shared.clock import at_sao_paulo
from portal.whatsapp.models import WhatsAppMessage
from tests.factories.overdue import active, night
from tests.factories.quotes import House

FIFTH_OF_JULY = date(2026, 7, 5)
CHAT = Step(
    2,
    Channel.WHATSAPP,
    Audience.EVERYBODY,
    0,
    "Fatura {fatura}",
    "Sua fatura {fatura} venceu em {vencimento}.",
)
MOBILE = "5547991230001"


def at(day: int, hour: int = 9, minute: int = 0, month: int = 7) -> datetime:
    """An instant of July 2026 in São Paulo."""
    return at_sao_paulo(date(2026, month, day), hour).replace(minute=minute)


def give_mobile(session: Session, customer_id: int, phone: str = "47991230001") -> None:
    """The responsible person's number."""
    session.execute(
        text("UPDATE signatories SET phone = :phone WHERE customer_id = :id"),
        {"phone": phone, "id": customer_id},
    )
    session.expire_all()


def overdue_with_mobile(session: Session, house: House) -> Contract:
    """A contract whose invoice is due on 15/07, of a customer with a mobile."""
    contract = active(session, house)
    night(session, FIFTH_OF_JULY)
    give_mobile(session, contract.customer_id)
    return contract


def released(session: Session, day: int, hour: int = 9) -> DunningRun:
    """The run of a day of July, released and handed on."""
    run = prepare_run(session, now=at(day, hour))
    release_run(session, run.id, actor=None, now=at(day, hour))
    send_chunk(session, run.id, now=at(day, hour))
    session.flush()
    return run


def only_message(session: Session) -> WhatsAppMessage:
    """The one message by WhatsApp."""
    session.expire_all()
    return session.scalars(select(WhatsAppMessage)).one()


def only_reminder(session: Session) -> DunningMessage:
    """The one reminder."""
    session.expire_all()
    return session.scalars(select(DunningMessage)).one()
