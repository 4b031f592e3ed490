"""Months of repasse for tests: customers that paid, months that finance closed and paid."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.payouts.models import Payout
from portal.payouts.operations.closing import ask_to_close
from portal.payouts.operations.paying import Remittance, record_transfer
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from tests.factories.following import what_follows
from tests.factories.users import actor_of, make_user


def make_finance(session: Session, name: str = "Fábio Nunes") -> Actor:
    """Somebody of finance."""
    return actor_of(make_user(session, role=Role.FINANCE, name=name))


def close_month(session: Session, month: date, *, actor: Actor, now: datetime | None = None) -> None:
    """Finance has a month closed, unless said otherwise on the 3rd of the month after it."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, 3)
    ask_to_close(session, month=month, actor=actor, now=now or at_sao_paulo(after, 9))
    what_follows(session)


def lots_of(session: Session, partner_id: int) -> list[Payout]:
    """A partner's lots, the oldest first."""
    return list(session.scalars(select(Payout).where(Payout.partner_id == partner_id).order_by(Payout.month)))


def pay_lot(session: Session, payout: Payout, *, actor: Actor, on: date) -> None:
    """Finance paid a lot and wrote it down on the same day."""
    remittance = Remittance(
        paid_on=on, bank="341 Itaú", branch="0057", account="12345-7", reference="TED 778812"
    )
    record_transfer(session, payout=payout, remittance=remittance, actor=actor, now=at_sao_paulo(on, 15))
