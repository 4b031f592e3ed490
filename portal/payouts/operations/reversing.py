"""Taking a partner's share back when money goes back to the customer, and giving it again (M19)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.ledger import post_of_invoice
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.rules.ledger import Account, PostingKind
from portal.payouts.models import RepasseAccrual, RepasseReversal
from portal.payouts.queries.reversals import list_left, list_of_cause
from portal.payouts.rules import NOTHING, FollowsTheMoney, ReversalCause, Share, is_by_hand, shares_of_refund
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.refusals import Conflict, Missing


class Why(TypedDict):
    """For which reason, by whom and when."""

    reason: str
    actor: Actor | None
    now: datetime


def reverse_repasse(
    session: Session,
    *,
    invoice_id: int,
    cents: int,
    cause: ReversalCause,
    cause_key: str,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> Sequence[RepasseReversal]:
    """Take back the share of `cents` of an invoice that went back to its customer, by the accruals' figures.

    `cause_key` is what the source of the money calls the refund or dispute: asked again with it, nothing
    happens, and what a refund took a dispute of the same charge does not take again.

    Raises:
        Missing: there is no such invoice.
        NothingToReverse: less than `cents` is left of what accrued.
    """
    invoice = _locked(session, invoice_id)
    if list_of_cause(session, invoice_id, cause_key):
        return ()
    left = list_left(session, invoice_id)
    taken = shares_of_refund([share for _accrual, share in left], cents=cents)
    why: Why = {"reason": reason, "actor": actor, "now": now}
    made = [
        _reversal(accrual, NOTHING.less(share), cause=cause, cause_key=cause_key, **why)
        for (accrual, _left), share in zip(left, taken, strict=True)
        if share.paid_cents
    ]
    _keep(session, invoice, made, now=now)
    total = sum(row.repasse_cents for row in made)
    _write_down(
        session,
        invoice,
        action="repasse_reversed",
        summary=f"Estorno de repasse de {format_money(-total)} pela fatura {invoice.label}: {cause.label}",
        reason=reason,
        actor=actor,
        now=now,
    )
    return made


def reverse_beyond(
    session: Session,
    *,
    invoice_id: int,
    keep_cents: int,
    cause: ReversalCause,
    cause_key: str,
    reason: str,
    now: datetime,
) -> Sequence[RepasseReversal]:
    """Take back the share of all that an invoice's repasse holds beyond what is kept of its money."""
    held = sum(share.paid_cents for _accrual, share in list_left(session, invoice_id))
    if held <= keep_cents:
        return ()
    return reverse_repasse(
        session,
        invoice_id=invoice_id,
        cents=held - keep_cents,
        cause=cause,
        cause_key=cause_key,
        reason=reason,
        actor=None,
        now=now,
    )


def restore_repasse(
    session: Session,
    *,
    invoice_id: int,
    cause_key: str,
    reason: str,
    actor: Actor | None,
    now: datetime,
    cause: ReversalCause = ReversalCause.RESTORED,
) -> Sequence[RepasseReversal]:
    """Give again what a cause took back: the dispute was won, or the invoice paid again. Once.

    Raises:
        Missing: there is no such invoice, or the cause took nothing back.
        Conflict: it was given again before.
        FollowsTheMoney: somebody asks for it, and it went back with money of a payment or a credit note.
    """
    _require_by_hand(cause_key, actor)
    invoice = _locked(session, invoice_id)
    taken = _taken_and_not_given(session, invoice_id, cause_key)
    made = []
    for row in taken:
        again = _reversal(
            row.accrual,
            NOTHING.less(_figures(row)),
            cause=cause,
            cause_key=f"restored:{cause_key}",
            reason=reason,
            actor=actor,
            now=now,
        )
        again.restores_id = row.id
        made.append(again)
    _keep(session, invoice, made, now=now)
    total = format_money(sum(row.repasse_cents for row in made))
    summary = f"Repasse de {total} devolvido ao parceiro pela fatura {invoice.label}"
    _write_down(
        session,
        invoice,
        action="repasse_restored",
        summary=summary,
        reason=reason,
        actor=actor,
        now=now,
    )
    return made


def _require_by_hand(cause_key: str, actor: Actor | None) -> None:
    """What went back with money is given again with money."""
    if actor is not None and not is_by_hand(cause_key):
        raise FollowsTheMoney


def _taken_and_not_given(session: Session, invoice_id: int, cause_key: str) -> list[RepasseReversal]:
    taken = [row for row in list_of_cause(session, invoice_id, cause_key) if row.restores_id is None]
    if not taken:
        raise Missing("Não encontramos este estorno.")
    again = select(RepasseReversal.id).where(RepasseReversal.restores_id.in_([row.id for row in taken]))
    if session.scalar(again.limit(1)) is not None:
        raise Conflict("Este estorno já foi desfeito.")
    return taken


def _locked(session: Session, invoice_id: int) -> Invoice:
    invoice = lock_invoice(session, invoice_id)
    if invoice is None:
        raise Missing("Não encontramos esta fatura.")
    return invoice


def _figures(row: RepasseAccrual | RepasseReversal) -> Share:
    return Share(
        row.paid_cents, row.cost_cents, row.central_fee_cents, row.vendor_share_cents, row.repasse_cents
    )


def _reversal(
    accrual: RepasseAccrual,
    share: Share,
    *,
    cause: ReversalCause,
    cause_key: str,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> RepasseReversal:
    return RepasseReversal(
        accrual_id=accrual.id,
        invoice_id=accrual.invoice_id,
        contract_id=accrual.contract_id,
        partner_id=accrual.partner_id,
        customer_id=accrual.customer_id,
        cause=cause,
        cause_key=cause_key,
        **share._asdict(),
        reason=reason,
        month=day_of(now).replace(day=1),
        reversed_at=now,
        reversed_by_id=actor.user_id if actor else None,
    )


def _keep(session: Session, invoice: Invoice, rows: Sequence[RepasseReversal], *, now: datetime) -> None:
    """The rows, and a posting of each that moves what is owed to the partner."""
    session.add_all(rows)
    session.flush()
    for row in rows:
        if not row.repasse_cents:
            continue
        accounts = [Account.REPASSE_PAYABLE, Account.REPASSE_EXPENSE]
        if row.repasse_cents > 0:
            accounts.reverse()
        post_of_invoice(
            session,
            invoice,
            kind=PostingKind.REPASSE_REVERSED,
            debit=accounts[0],
            credit=accounts[1],
            amount_cents=abs(row.repasse_cents),
            part=str(row.id),
            now=now,
        )


def _write_down(
    session: Session,
    invoice: Invoice,
    *,
    action: str,
    summary: str,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    audit.record(
        session, action=action, summary=summary, subject=invoice, reason=reason, actor=actor, now=now
    )
