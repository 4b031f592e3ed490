"""The letters about a readjustment and the offer of a renewal. Queued once each."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract, with_everything
from portal.customers.queries.reading import recipient_of
from portal.readjustments.models import Readjustment, RenewalOffer
from portal.readjustments.queries.renewals import is_valid
from portal.readjustments.rules.index import percent_text
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.shared.mail import Notice, absolute_url, queue_notices
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind

KIND, RENEWAL = "readjustment", "renewal_offer"


def tell_of_readjustments(
    session: Session, rows: Sequence[tuple[Readjustment, Contract]], *, now: datetime
) -> None:
    """Write to who gets mail for each contract's customer; one without an address gets none."""
    notices = [
        Notice(
            subject_id=row.id,
            key=f"readjustment:{row.id}",
            to=to.address,
            to_name=to.name,
            facts={},
            partner_id=row.partner_id,
            reply_to=contract.customer.partner.email,
        )
        for row, contract in rows
        if (to := recipient_of(contract.customer)) is not None
    ]
    queue_notices(session, kind=KIND, notices=notices, now=now)


def _still_holds(session: Session, notice: MailMessage, _now: datetime) -> bool:
    row = session.get(Readjustment, notice.subject_id)
    return row is not None and row.written_at is not None and row.withdrawn_at is None


def _letter(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    row = session.scalars(
        select(Readjustment)
        .where(Readjustment.id == notice.subject_id)
        .options(joinedload(Readjustment.campaign))
    ).one()
    contract = load_contract(session, row.contract_id)
    campaign, before, after = row.campaign, format_money(row.before_cents), format_money(row.after_cents)
    percent, due_on = percent_text(campaign.basis_points), format_date(row.due_on)
    return Letter(
        template="readjustment",
        context={
            "name": notice.to_name,
            "contract": contract.label,
            "before": before,
            "after": after,
            "percent": percent,
            "due_on": due_on,
            "partner": contract.customer.partner.trade_name,
            "facts": [
                ("Contrato", contract.label),
                (f"IGP-M de 12 meses, até {campaign.last_index_month:%m/%Y}", percent),
                ("Mensalidade até agora", before),
                ("Nova mensalidade", after),
                ("Vale a partir da fatura de", due_on),
            ],
        },
    )


def _in_name_of(session: Session, notice: MailMessage) -> str:
    row = session.get_one(Readjustment, notice.subject_id)
    return load_contract(session, row.contract_id).customer.partner.trade_name


def tell_of_renewals(session: Session, offer_ids: Sequence[int], *, now: datetime) -> None:
    """Write to who gets mail for each offer's customer."""
    offers = session.scalars(select(RenewalOffer).where(RenewalOffer.id.in_(offer_ids))).all()
    ids = [offer.contract_id for offer in offers]
    contracts = {each.id: each for each in session.scalars(with_everything().where(Contract.id.in_(ids)))}
    notices = [
        Notice(
            subject_id=offer.id,
            key=f"renewal-offer:{offer.id}",
            to=to.address,
            to_name=to.name,
            facts={},
            partner_id=offer.partner_id,
            reply_to=contracts[offer.contract_id].customer.partner.email,
        )
        for offer in offers
        if (to := recipient_of(contracts[offer.contract_id].customer)) is not None
    ]
    queue_notices(session, kind=RENEWAL, notices=notices, now=now)


def _still_offered(session: Session, notice: MailMessage, now: datetime) -> bool:
    return is_valid(session, notice.subject_id or 0, today=day_of(now))


def _renewal(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    offer = session.get_one(RenewalOffer, notice.subject_id)
    contract = load_contract(session, offer.contract_id)
    return Letter(
        template="renewal_offer",
        context={
            "name": notice.to_name,
            "contract": contract.label,
            "starts_on": format_date(offer.starts_on),
            "ends_on": format_date(offer.ends_on),
            "due_on": format_date(offer.due_on),
            "monthly": format_money(offer.monthly_cents),
            "partner": contract.customer.partner.trade_name,
            "url": absolute_url("subscribers.sign_in"),
        },
    )


def _renewal_in_name_of(session: Session, notice: MailMessage) -> str:
    offer = session.get_one(RenewalOffer, notice.subject_id)
    return load_contract(session, offer.contract_id).customer.partner.trade_name


NOTICES = (
    NoticeKind(name=KIND, is_needed=_still_holds, write=_letter, in_name_of=_in_name_of),
    NoticeKind(name=RENEWAL, is_needed=_still_offered, write=_renewal, in_name_of=_renewal_in_name_of),
)
