"""What must be true of cards and charges, for the nightly check. Each query gives what is broken."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.cards.models.cards import CardSetup
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ASKED, CardSetupState, ChargeState
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource

LONGEST_UNKNOWN = timedelta(hours=24)


def find_old_unknowns(session: Session, *, now: datetime) -> Sequence[str]:
    """Our keys of charges and cards of which the processor did not say for a day what became of them (S6)."""
    since = now - LONGEST_UNKNOWN
    charges = select(Charge.key).where(Charge.state.in_(ASKED), Charge.created_at < since)
    cards = select(CardSetup.key).where(
        CardSetup.state == CardSetupState.REPORTED, CardSetup.reported_at < since
    )
    return session.scalars(union_all(charges, cards)).all()


def find_unlike_charges(session: Session) -> Sequence[str]:
    """Charges that succeeded and are no payment of the same amount, and payments that are none of ours (S7).

    By the processor's name for them. What the processor itself knows of is compared every night by the job
    `compare-card-charges`; money it found that no charge of ours asked for is marked as found by that.
    """
    reference = func.coalesce(Charge.processor_charge, Payment.external_id)
    is_card = Payment.source == PaymentSource.CARD
    missing = (
        select(cast(reference, String))
        .outerjoin(Payment, is_card & (Payment.external_id == Charge.processor_charge))
        .where(
            Charge.state == ChargeState.SUCCEEDED,
            or_(
                Payment.id.is_(None),
                Payment.amount_cents != Charge.amount_cents,
                Payment.currency != func.upper(Charge.currency),
            ),
        )
    )
    charged = select(literal(1)).where(
        Charge.processor_charge == Payment.external_id, Charge.state == ChargeState.SUCCEEDED
    )
    ghosts = select(Payment.external_id).where(
        is_card, ~charged.exists(), Payment.facts["found_by"].astext.is_(None)
    )
    return session.scalars(union_all(missing, ghosts)).all()
