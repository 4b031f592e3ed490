"""Return files of the bank, applied once."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from itertools import batched
from typing import Any

from sqlalchemy import String, any_, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto, BoletoSettlement
from portal.banking.operations.attesting import require_another
from portal.banking.operations.remittances import log_file
from portal.banking.operations.return_sets import Usual, carry_out_usual
from portal.banking.operations.settling import await_credit
from portal.banking.operations.undoing import undo_payment
from portal.banking.queries.account import boleto_accounts
from portal.banking.queries.boletos import of_numbers
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_files import AlreadyApplied, BankFileState, Effect, effect_of
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.return_reading import Occurrence, identify, occurrences, told_apart
from portal.banking.rules.settlement import facts_of, paid_at_of
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import CURRENCY, Payer, PaymentSource
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import day_of

AT_ONCE = 1_000


def foresee(session: Session, content: bytes, *, today: date) -> list[dict[str, Any]]:
    """What each line of a return that is whole, or whose faults were waived, would do today.

    Raises:
        UnreadableFile: naming the line that cannot be read.
    """
    account, read = _read(session, content)
    results = []
    for chunk in batched(read, AT_ONCE):
        seen = _Seen.load(session, chunk, account, today=today)
        results += [_result(one, seen.effect(one), account) for one in chunk]
    return results


def apply_return(
    session: Session, *, file: BankFile, actor: Actor | None, now: datetime, in_sets: bool = True
) -> None:
    """Do what a return file says, all of it or nothing; what an earlier file said already changes nothing.

    Usual lines go in sets, unless not `in_sets`: both ways lead to the same rows.

    Raises:
        AlreadyApplied: it was applied before, also by a second click, or is damaged.
        UploaderMayNotApply: large payments that nobody attests but the person who brought the file.
    """
    account, reading = _read(session, file.content)
    paid = _paid_by_number(reading)
    require_another(session, file, paid, account, actor)
    taken = session.execute(
        update(BankFile)
        .where(BankFile.id == file.id, BankFile.state == BankFileState.READ)
        .values(state=BankFileState.APPLIED, applied_at=now, applied_by_id=actor.user_id if actor else None)
        .returning(BankFile.id)
    ).first()
    if taken is None:
        raise AlreadyApplied
    results = []
    _hold_customers(session, paid, account)
    _account, reading = _read(session, file.content)
    for chunk in batched(reading, AT_ONCE):
        results += _apply(session, chunk, account, in_sets=in_sets, now=now)
    session.refresh(file)
    file.results = results
    log_file(session, file, f"Retorno {file.name} aplicado, ocorrências: {len(results)}", actor, now=now)


def _paid_by_number(reading: Iterable[Occurrence]) -> Counter[int]:
    """What a file says was paid of each boleto it names, in centavos."""
    paid: Counter[int] = Counter()
    for one in reading:
        paid[one.number] += one.paid_cents if one.meaning.brings_money else 0
    return paid


def _apply(
    session: Session, chunk: Sequence[Occurrence], account: BoletoAccount, *, in_sets: bool, now: datetime
) -> list[dict[str, Any]]:
    """Do what some lines say; what is told of each."""
    seen = _Seen.load(session, chunk, account, today=day_of(now), for_update=True)
    done: dict[int, Effect] = {}
    if in_sets:
        lines = [
            Usual(one, boleto, seen.effect(one), payment_id_of(account, one))
            for one in chunk
            if (boleto := seen.boletos.get(one.number)) is not None
        ]
        usual = carry_out_usual(session, lines, now=now)
        done = {line.one.line: line.effect for line in lines if line.one.line in usual}
    results = []
    for one in chunk:
        effect = done.get(one.line) or seen.effect(one)
        if one.line not in done:
            _carry_out(session, one, effect, seen, now=now)
        results.append(_result(one, effect, account))
    return results


def payment_id_of(account: BoletoAccount, occurrence: Occurrence) -> str:
    """What the payment of a line is called, in whichever file it stands."""
    return f"{account.series}:{occurrence.identity}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What some lines of a file are about: our boletos by number, and payments that are known already."""

    account: BoletoAccount
    today: date
    boletos: dict[int, Boleto]
    known: set[str]

    @classmethod
    def load(
        cls,
        session: Session,
        chunk: Iterable[Occurrence],
        account: BoletoAccount,
        *,
        today: date,
        for_update: bool = False,
    ) -> "_Seen":
        """In three statements; with `for_update` the boletos are locked."""
        chunk = tuple(chunk)
        wanted = select(Boleto).where(of_numbers(account, {one.number for one in chunk}))
        found = session.scalars(wanted.order_by(Boleto.id).with_for_update() if for_update else wanted)
        boletos = {boleto.number: boleto for boleto in found}
        keys = [payment_id_of(account, one) for one in chunk if one.meaning.brings_money]
        named = any_(literal(keys, ARRAY(String)))
        paid = select(Payment.external_id).where(
            Payment.source == PaymentSource.BOLETO, Payment.external_id == named
        )
        awaited = select(BoletoSettlement.external_id).where(BoletoSettlement.external_id == named)
        return cls(account, today, boletos, {*session.scalars(paid), *session.scalars(awaited)})

    def effect(self, one: Occurrence) -> Effect:
        """What a line does, as things stand."""
        boleto = self.boletos.get(one.number)
        return effect_of(
            one.meaning,
            state=boleto.state if boleto else None,
            amount_cents=one.paid_cents,
            is_known_payment=payment_id_of(self.account, one) in self.known,
            is_credited=one.credited_on <= max(self.today, one.on),
            was_registered=boleto is not None and boleto.registered_at is not None,
        )


def _read(session: Session, content: bytes) -> tuple[BoletoAccount, Iterator[Occurrence]]:
    stream = BytesIO(content)
    found = identify(stream, boleto_accounts(session))
    return found.account, told_apart(occurrences(stream, found))


def _hold_customers(session: Session, numbers: Collection[int], account: BoletoAccount) -> None:
    """Take what everything below waits for before the boletos' rows, always in the same order."""
    audit.lock_streams(
        session, session.scalars(select(Boleto.customer_id).where(of_numbers(account, numbers)))
    )


_NEW_STATES: Mapping[Effect, BoletoState] = {
    Effect.REGISTER: BoletoState.REGISTERED,
    Effect.REJECT: BoletoState.REJECTED,
    Effect.WRITE_OFF: BoletoState.WRITTEN_OFF,
    Effect.UNDO: BoletoState.UNDONE,
}


def _carry_out(session: Session, one: Occurrence, effect: Effect, seen: _Seen, *, now: datetime) -> None:
    boleto = seen.boletos.get(one.number)
    if effect in (Effect.PAY, Effect.PAY_PART, Effect.PAY_UNKNOWN):
        _pay(session, one, boleto, seen.account, is_part=effect is Effect.PAY_PART, now=now)
        seen.known.add(payment_id_of(seen.account, one))
    elif boleto is not None and effect is Effect.AWAIT:
        await_credit(session, boleto, one, external_id=payment_id_of(seen.account, one), now=now)
        seen.known.add(payment_id_of(seen.account, one))
        _log_boleto(session, boleto, one, now=now)
    elif boleto is not None and effect is Effect.ASK_AGAIN:
        boleto.withdrawal_id = None
        session.flush()
    elif boleto is not None and effect in _NEW_STATES:
        _enter_state(boleto, one, effect, now=now)
        session.flush()
        _log_boleto(session, boleto, one, now=now)
        if effect is Effect.UNDO:
            key = payment_id_of(seen.account, one)
            undo_payment(session, boleto=boleto, occurrence=one, key=key, now=now)


def _enter_state(boleto: Boleto, one: Occurrence, effect: Effect, *, now: datetime) -> None:
    boleto.state = _NEW_STATES[effect]
    if effect is Effect.REGISTER:
        boleto.registered_at = now
    elif effect is Effect.REJECT:
        boleto.rejection = ", ".join(one.reasons) or one.description
    elif effect is Effect.UNDO:
        boleto.paid_at = None


def _pay(
    session: Session,
    one: Occurrence,
    boleto: Boleto | None,
    account: BoletoAccount,
    *,
    is_part: bool,
    now: datetime,
) -> None:
    paid_at = paid_at_of(one)
    if boleto is not None and not is_part and boleto.state is not BoletoState.PAID:
        boleto.state, boleto.paid_at, boleto.rejection = BoletoState.PAID, paid_at, ""
        session.flush()
    receive_payment(
        session,
        source=PaymentSource.BOLETO,
        external_id=payment_id_of(account, one),
        invoice_id=boleto.invoice_id if boleto else None,
        amount_cents=one.paid_cents,
        fee_cents=one.fee_cents,
        currency=CURRENCY,
        paid_at=paid_at,
        payer=Payer(name=boleto.payer_name, document=boleto.payer_document) if boleto else Payer(),
        facts=facts_of(one),
        now=now,
    )


def _result(one: Occurrence, effect: Effect, account: BoletoAccount) -> dict[str, Any]:
    return {
        "line": one.line,
        "our_number": account.written_number(one.number),
        "what": f"{one.code} · {one.description}",
        "reasons": list(one.reasons),
        "amount_cents": one.paid_cents,
        "fee_cents": one.fee_cents or one.charged_cents,
        "credited_cents": one.credited_cents,
        "pix": one.pix,
        "effect": effect.label,
    }


def _log_boleto(session: Session, boleto: Boleto, one: Occurrence, *, now: datetime) -> None:
    audit.record(
        session,
        action=f"boleto_{boleto.state.value}",
        summary=f"Boleto {boleto.our_number}: {boleto.state.label.lower()}",
        subject=boleto,
        actor=None,
        actor_label="Banco",
        now=now,
        reason=boleto.rejection or (one.description if boleto.state is BoletoState.UNDONE else ""),
    )
