"""Files exchanged with the bank: remittances made, returns read, shown and applied once."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from portal.payments.models import BankFile, Boleto, Payment
from portal.payments.operations.boleto import series_of
from portal.payments.operations.receiving import receive_payment
from portal.payments.rules.bank_files import (
    AlreadyApplied,
    BankFileKind,
    BankFileState,
    Effect,
    NothingToSend,
    effect_of,
)
from portal.payments.rules.boleto import BoletoAccount, BoletoState
from portal.payments.rules.cnab import REGISTER, WITHDRAW, Occurrence, Order, read_return, remittance
from portal.payments.rules.receiving import CURRENCY, Payer, PaymentSource
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import at_sao_paulo, day_of

MOST_ORDERS = 5_000


def make_remittance(session: Session, *, account: BoletoAccount, actor: Actor, now: datetime) -> BankFile:
    """The file that asks the bank to register new boletos and to take back those not needed any more.

    Each boleto stands in one such file, however often and by however many people it is asked for.

    Raises:
        NothingToSend: no boleto waits.
    """
    audit.hold_all(session, ())
    waiting = _waiting_for_bank(session, account)
    if not waiting:
        raise NothingToSend
    orders = [_order(boleto) for boleto in waiting]
    number = 1 + (session.scalar(select(func.max(BankFile.number))) or 0)
    content = remittance(account, orders, sequence=number, made_on=day_of(now))
    file = BankFile(
        kind=BankFileKind.REMITTANCE,
        number=number,
        name=f"CB{day_of(now):%d%m}{number % 100:02d}.REM",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        state=BankFileState.MADE,
        results=[_sent(boleto, order) for boleto, order in zip(waiting, orders, strict=True)],
        created_at=now,
        created_by_id=actor.user_id,
    )
    session.add(file)
    session.flush()
    for boleto, order in zip(waiting, orders, strict=True):
        if order.what == REGISTER:
            boleto.remittance_id = file.id
        else:
            boleto.withdrawal_id = file.id
    _log(session, file, f"Remessa {number} gerada, pedidos ao banco: {len(orders)}", actor, now=now)
    return file


def take_return(
    session: Session, *, name: str, content: bytes, account: BoletoAccount, actor: Actor | None, now: datetime
) -> BankFile:
    """Keep a return file and work out what it would do; nothing is done yet. The same file comes once.

    Raises:
        UnreadableFile: it is no return of our account; nothing is kept.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = session.scalar(select(BankFile).filter_by(kind=BankFileKind.RETURN, sha256=sha256))
    if known is not None:
        return known
    occurrences = read_return(content, account)
    file = BankFile(
        kind=BankFileKind.RETURN,
        name=name[:100] or "retorno.ret",
        sha256=sha256,
        size=len(content),
        content=content,
        state=BankFileState.READ,
        results=[_result(one, effect) for one, effect in _effects(session, occurrences, account)],
        created_at=now,
        created_by_id=actor.user_id if actor else None,
    )
    session.add(file)
    session.flush()
    return file


def apply_return(
    session: Session, *, file: BankFile, account: BoletoAccount, actor: Actor | None, now: datetime
) -> None:
    """Do what a return file says, all of it or nothing; what an earlier file said already changes nothing.

    Raises:
        AlreadyApplied: it was applied before, also by a second click.
    """
    taken = session.execute(
        update(BankFile)
        .where(BankFile.id == file.id, BankFile.state == BankFileState.READ)
        .values(state=BankFileState.APPLIED, applied_at=now, applied_by_id=actor.user_id if actor else None)
        .returning(BankFile.id)
    ).first()
    if taken is None:
        raise AlreadyApplied
    occurrences = read_return(file.content, account)
    results = []
    _hold_customers(session, occurrences, account)
    for occurrence in occurrences:
        effect = _effects(session, [occurrence], account, for_update=True)[0][1]
        _carry_out(session, occurrence, effect, account, now=now)
        results.append(_result(occurrence, effect))
    session.refresh(file)
    file.results = results
    _log(session, file, f"Retorno {file.name} aplicado, ocorrências: {len(results)}", actor, now=now)


def _hold_customers(session: Session, occurrences: list[Occurrence], account: BoletoAccount) -> None:
    """Take what everything below waits for before the boletos' rows, always in the same order."""
    numbers = {occurrence.number for occurrence in occurrences}
    of_numbers = (Boleto.series == series_of(account)) & Boleto.number.in_(numbers)
    audit.hold_all(session, session.scalars(select(Boleto.customer_id).where(of_numbers)))


def _waiting_for_bank(session: Session, account: BoletoAccount) -> list[Boleto]:
    new = (Boleto.state == BoletoState.ISSUED) & Boleto.remittance_id.is_(None)
    unneeded = Boleto.withdraw_asked_at.is_not(None) & Boleto.withdrawal_id.is_(None)
    statement = (
        select(Boleto)
        .where(
            Boleto.series == series_of(account),
            Boleto.state.in_((BoletoState.ISSUED, BoletoState.REGISTERED)),
            or_(new, unneeded),
        )
        .options(joinedload(Boleto.invoice))
        .order_by(Boleto.id)
        .limit(MOST_ORDERS)
        .with_for_update(of=Boleto)
    )
    return list(session.scalars(statement))


def _order(boleto: Boleto) -> Order:
    return Order(
        what=REGISTER if boleto.remittance_id is None else WITHDRAW,
        number=boleto.number,
        reference=boleto.invoice.label,
        amount_cents=boleto.amount_cents,
        issued_on=day_of(boleto.issued_at),
        due_on=boleto.due_on,
        payer_name=boleto.payer_name,
        payer_document=boleto.payer_document,
        payer_street=boleto.payer_street,
        payer_district=boleto.payer_district,
        payer_postal_code=boleto.payer_postal_code,
        payer_city=boleto.payer_city,
        payer_state=boleto.payer_state,
    )


def _sent(boleto: Boleto, order: Order) -> dict[str, Any]:
    return {
        "our_number": boleto.our_number,
        "what": "Registrar" if order.what == REGISTER else "Baixar",
        "amount_cents": boleto.amount_cents,
        "effect": f"Fatura {order.reference}, {boleto.payer_name}",
    }


def _effects(
    session: Session, occurrences: list[Occurrence], account: BoletoAccount, *, for_update: bool = False
) -> list[tuple[Occurrence, Effect]]:
    """What each line does, as things stand; with `for_update` the boletos are locked."""
    numbers = {occurrence.number for occurrence in occurrences}
    wanted = select(Boleto).where(Boleto.series == series_of(account), Boleto.number.in_(numbers))
    boletos = {
        boleto.number: boleto
        for boleto in session.scalars(wanted.with_for_update() if for_update else wanted)
    }
    keys = {payment_id_of(account, occurrence) for occurrence in occurrences}
    paid = select(Payment.external_id).where(
        Payment.source == PaymentSource.BOLETO, Payment.external_id.in_(keys)
    )
    known = set(session.scalars(paid))
    return [
        (
            occurrence,
            effect_of(
                occurrence.meaning,
                state=boletos[occurrence.number].state if occurrence.number in boletos else None,
                amount_cents=occurrence.amount_cents,
                is_known_payment=payment_id_of(account, occurrence) in known,
            ),
        )
        for occurrence in occurrences
    ]


def payment_id_of(account: BoletoAccount, occurrence: Occurrence) -> str:
    """What the payment of a line is called, in whichever file it stands."""
    return f"{series_of(account)}:{occurrence.identity}"


def _carry_out(
    session: Session, occurrence: Occurrence, effect: Effect, account: BoletoAccount, *, now: datetime
) -> None:
    boleto = session.scalar(
        select(Boleto).where(Boleto.series == series_of(account), Boleto.number == occurrence.number)
    )
    if effect in (Effect.PAY, Effect.PAY_UNKNOWN):
        _pay(session, occurrence, boleto, account, now=now)
    elif boleto is not None and effect in _NEW_STATES:
        boleto.state = _NEW_STATES[effect]
        if effect is Effect.REGISTER:
            boleto.registered_at = now
        elif effect is Effect.REJECT:
            boleto.rejection = ", ".join(occurrence.reasons) or occurrence.description
        session.flush()
        _log_boleto(session, boleto, now=now)


_NEW_STATES: Mapping[Effect, BoletoState] = {
    Effect.REGISTER: BoletoState.REGISTERED,
    Effect.REJECT: BoletoState.REJECTED,
    Effect.WRITE_OFF: BoletoState.WRITTEN_OFF,
}


def _pay(
    session: Session, occurrence: Occurrence, boleto: Boleto | None, account: BoletoAccount, *, now: datetime
) -> None:
    paid_at = at_sao_paulo(occurrence.on, 12)
    if boleto is not None and boleto.state is not BoletoState.PAID:
        boleto.state, boleto.paid_at, boleto.rejection = BoletoState.PAID, paid_at, ""
        session.flush()
    receive_payment(
        session,
        source=PaymentSource.BOLETO,
        external_id=payment_id_of(account, occurrence),
        invoice_id=boleto.invoice_id if boleto else None,
        amount_cents=occurrence.amount_cents,
        fee_cents=occurrence.fee_cents,
        currency=CURRENCY,
        paid_at=paid_at,
        payer=Payer(name=boleto.payer_name, document=boleto.payer_document) if boleto else Payer(),
        facts={
            "our_number": occurrence.number,
            "credited_on": occurrence.credited_on.isoformat(),
            "paid_at_bank": occurrence.paid_at_bank,
            "occurrence": occurrence.code,
        },
        now=now,
    )


def _result(occurrence: Occurrence, effect: Effect) -> dict[str, Any]:
    return {
        "line": occurrence.line,
        "our_number": f"{occurrence.number:08d}",
        "what": f"{occurrence.code} · {occurrence.description}",
        "amount_cents": occurrence.amount_cents,
        "effect": effect.label,
    }


def _log(session: Session, file: BankFile, summary: str, actor: Actor | None, *, now: datetime) -> None:
    audit.record(
        session,
        action="bank_file",
        summary=summary,
        subject=file,
        actor=actor,
        actor_label="" if actor else "Banco",
        now=now,
        facts={"sha256": file.sha256},
    )


def _log_boleto(session: Session, boleto: Boleto, *, now: datetime) -> None:
    audit.record(
        session,
        action=f"boleto_{boleto.state.value}",
        summary=f"Boleto {boleto.our_number}: {boleto.state.label.lower()}",
        subject=boleto,
        actor=None,
        actor_label="Banco",
        now=now,
        partner_id=boleto.partner_id,
        customer_id=boleto.customer_id,
        reason=boleto.rejection,
    )
