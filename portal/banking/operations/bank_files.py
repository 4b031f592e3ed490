"""Return files of the bank: read, shown and applied once."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.operations.attesting import require_another
from portal.banking.operations.remittances import log_file
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_files import AlreadyApplied, BankFileKind, BankFileState, Effect, effect_of
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.return_reading import Occurrence, read_return
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import CURRENCY, Payer, PaymentSource
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import at_sao_paulo


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
    _found, occurrences = read_return(BytesIO(content), [account])
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
        UploaderMayNotApply: large payments that nobody attests but the person who brought the file.
    """
    _found, occurrences = read_return(BytesIO(file.content), [account])
    require_another(session, file, occurrences, account, actor)
    taken = session.execute(
        update(BankFile)
        .where(BankFile.id == file.id, BankFile.state == BankFileState.READ)
        .values(state=BankFileState.APPLIED, applied_at=now, applied_by_id=actor.user_id if actor else None)
        .returning(BankFile.id)
    ).first()
    if taken is None:
        raise AlreadyApplied
    results = []
    _hold_customers(session, occurrences, account)
    for occurrence in occurrences:
        effect = _effects(session, [occurrence], account, for_update=True)[0][1]
        _carry_out(session, occurrence, effect, account, now=now)
        results.append(_result(occurrence, effect))
    session.refresh(file)
    file.results = results
    log_file(session, file, f"Retorno {file.name} aplicado, ocorrências: {len(results)}", actor, now=now)


def _hold_customers(session: Session, occurrences: list[Occurrence], account: BoletoAccount) -> None:
    """Take what everything below waits for before the boletos' rows, always in the same order."""
    numbers = {occurrence.number for occurrence in occurrences}
    of_numbers = (Boleto.series == account.series) & Boleto.number.in_(numbers)
    audit.lock_streams(session, session.scalars(select(Boleto.customer_id).where(of_numbers)))


def _effects(
    session: Session, occurrences: list[Occurrence], account: BoletoAccount, *, for_update: bool = False
) -> list[tuple[Occurrence, Effect]]:
    """What each line does, as things stand; with `for_update` the boletos are locked."""
    numbers = {occurrence.number for occurrence in occurrences}
    wanted = select(Boleto).where(Boleto.series == account.series, Boleto.number.in_(numbers))
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
                amount_cents=occurrence.paid_cents,
                is_known_payment=payment_id_of(account, occurrence) in known,
            ),
        )
        for occurrence in occurrences
    ]


def payment_id_of(account: BoletoAccount, occurrence: Occurrence) -> str:
    """What the payment of a line is called, in whichever file it stands."""
    return f"{account.series}:{occurrence.identity}"


def _carry_out(
    session: Session, occurrence: Occurrence, effect: Effect, account: BoletoAccount, *, now: datetime
) -> None:
    boleto = session.scalar(
        select(Boleto).where(Boleto.series == account.series, Boleto.number == occurrence.number)
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
        amount_cents=occurrence.paid_cents,
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
        "amount_cents": occurrence.paid_cents,
        "effect": effect.label,
    }


def _log_boleto(session: Session, boleto: Boleto, *, now: datetime) -> None:
    audit.record(
        session,
        action=f"boleto_{boleto.state.value}",
        summary=f"Boleto {boleto.our_number}: {boleto.state.label.lower()}",
        subject=boleto,
        actor=None,
        actor_label="Banco",
        now=now,
        reason=boleto.rejection,
    )
