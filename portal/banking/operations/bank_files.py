"""What lines of a return do, and doing it: some lines at a time, in the present transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import any_, literal, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto, BoletoSettlement
from portal.banking.operations.return_sets import NOTHING, Usual, carry_out_usual
from portal.banking.operations.settling import await_credit
from portal.banking.operations.undoing import undo_payment
from portal.banking.queries.boletos import PlainBoleto, find_boletos, of_numbers
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_files import Effect, effect_of, share_of
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.return_reading import Occurrence
from portal.banking.rules.settlement import facts_of, paid_at_of
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import CURRENCY, Payer, PaymentSource
from portal.shared import audit
from portal.shared.arrays import TEXTS
from portal.shared.clock import day_of


class Foreseen(NamedTuple):
    """What a line would do, and whose share it is."""

    effect: Effect
    share: int


def foresee(
    session: Session, chunk: Sequence[Occurrence], account: BoletoAccount, *, today: date
) -> list[Foreseen]:
    """What each of some lines of a return would do today, and whose share it is."""
    seen = _Seen.load(session, chunk, account, today=today)
    return [Foreseen(seen.effect(one), share_of(seen.customer_id(one))) for one in chunk]


def carry_out(
    session: Session,
    chunk: Sequence[Occurrence],
    account: BoletoAccount,
    *,
    in_sets: bool = True,
    now: datetime,
) -> list[Effect]:
    """Do what some lines of a return say; what each did. What an earlier file said already changes nothing.

    Usual lines go in sets, unless not `in_sets`: both ways lead to the same rows.
    """
    audit.lock_streams(session, _customers(session, chunk, account))
    seen = _Seen.load(session, chunk, account, today=day_of(now), for_update=True)
    done = carry_out_usual(session, seen.lines(chunk), now=now) if in_sets else {}
    seen.load_entities(session, {one.number for one in chunk if one.line not in done})
    effects = []
    for one in chunk:
        effect = done.get(one.line) or seen.effect(one)
        if one.line not in done:
            _carry_out(session, one, effect, seen, now=now)
        effects.append(effect)
    return effects


def payment_id_of(account: BoletoAccount, occurrence: Occurrence) -> str:
    """What the payment of a line is called, in whichever file it stands."""
    return f"{account.series}:{occurrence.identity}"


def carry_out_plain(
    session: Session, chunk: Sequence[Occurrence], account: BoletoAccount, *, now: datetime
) -> dict[int, Effect]:
    """Do what may go in sets of some lines of a return; what each of these did, by line. The others are left.

    Nothing of it is written down in the house's own log, so that two may do it at once for other customers.
    """
    audit.lock_customers(session, _customers(session, chunk, account))
    seen = _Seen.load(session, chunk, account, today=day_of(now), for_update=True)
    of_nobody = {one.line: seen.effect(one) for one in chunk if one.number not in seen.boletos}
    done = {line: effect for line, effect in of_nobody.items() if effect in NOTHING}
    return done | carry_out_usual(session, seen.lines(chunk), now=now)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What some lines of a file are about: our boletos by number, and payments that are known already.

    `keys` is what each line's payment is called. `entities` are the boletos of what goes line by line.
    """

    account: BoletoAccount
    today: date
    keys: dict[int, str]
    boletos: dict[int, PlainBoleto]
    known: set[str]
    entities: dict[int, Boleto] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        session: Session,
        chunk: Sequence[Occurrence],
        account: BoletoAccount,
        *,
        today: date,
        for_update: bool = False,
    ) -> "_Seen":
        """In three statements; with `for_update` the boletos are locked."""
        boletos = find_boletos(session, account, {one.number for one in chunk}, for_update=for_update)
        keys = {one.line: payment_id_of(account, one) for one in chunk}
        told = [keys[one.line] for one in chunk if one.meaning.brings_money]
        named = any_(literal(told, TEXTS))
        paid = select(Payment.external_id).where(
            Payment.source == PaymentSource.BOLETO, Payment.external_id == named
        )
        awaited = select(BoletoSettlement.external_id).where(BoletoSettlement.external_id == named)
        known = {*session.scalars(paid), *session.scalars(awaited)} if told else set()
        return cls(account, today, keys, boletos, known)

    def load_entities(self, session: Session, numbers: Collection[int]) -> None:
        """Read the boletos of these numbers, which are locked, to change them."""
        if wanted := numbers & self.boletos.keys():
            boletos = select(Boleto).where(of_numbers(self.account, wanted))
            for boleto in session.scalars(boletos.execution_options(populate_existing=True)):
                self.entities[boleto.number] = boleto

    def lines(self, chunk: Sequence[Occurrence]) -> list[Usual]:
        """Those of boletos that we know, and what they do as things stand."""
        return [
            Usual(one, boleto, self.effect(one), self.keys[one.line])
            for one in chunk
            if (boleto := self.boletos.get(one.number)) is not None
        ]

    def customer_id(self, one: Occurrence) -> int | None:
        """Whose boleto a line is about; None for one we do not know."""
        boleto = self.boletos.get(one.number)
        return boleto.customer_id if boleto else None

    def effect(self, one: Occurrence) -> Effect:
        """What a line does, as things stand."""
        boleto = self.entities.get(one.number) or self.boletos.get(one.number)
        return effect_of(
            one.meaning,
            state=boleto.state if boleto else None,
            amount_cents=one.paid_cents,
            is_known_payment=self.keys[one.line] in self.known,
            is_credited=one.credited_on <= max(self.today, one.on),
            was_registered=boleto is not None and boleto.registered_at is not None,
        )


def _customers(session: Session, chunk: Sequence[Occurrence], account: BoletoAccount) -> Iterable[int]:
    """Whose log everything below waits for before the boletos' rows, always in the same order."""
    numbers = {one.number for one in chunk}
    return session.scalars(select(Boleto.customer_id).where(of_numbers(account, numbers)))


_NEW_STATES: Mapping[Effect, BoletoState] = {
    Effect.REGISTER: BoletoState.REGISTERED,
    Effect.REJECT: BoletoState.REJECTED,
    Effect.WRITE_OFF: BoletoState.WRITTEN_OFF,
    Effect.UNDO: BoletoState.UNDONE,
}


def _carry_out(session: Session, one: Occurrence, effect: Effect, seen: _Seen, *, now: datetime) -> None:
    boleto, key = seen.entities.get(one.number), seen.keys[one.line]
    if effect in (Effect.PAY, Effect.PAY_PART, Effect.PAY_UNKNOWN):
        _pay(session, one, boleto, key, is_part=effect is Effect.PAY_PART, now=now)
        seen.known.add(key)
    elif boleto is not None and effect is Effect.AWAIT:
        await_credit(session, boleto, one, external_id=key, now=now)
        seen.known.add(key)
        _log_boleto(session, boleto, one, now=now)
    elif boleto is not None and effect is Effect.ASK_AGAIN:
        boleto.withdrawal_id = None
        session.flush()
    elif boleto is not None and effect in _NEW_STATES:
        _enter_state(boleto, one, effect, now=now)
        session.flush()
        _log_boleto(session, boleto, one, now=now)
        if effect is Effect.UNDO:
            undo_payment(session, boleto=boleto, occurrence=one, key=key, now=now)


def _enter_state(boleto: Boleto, one: Occurrence, effect: Effect, *, now: datetime) -> None:
    boleto.state = _NEW_STATES[effect]
    if effect is Effect.REGISTER:
        boleto.registered_at = now
    elif effect is Effect.REJECT:
        boleto.rejected_at, boleto.rejection = now, one.refusal or one.description
    elif effect is Effect.UNDO:
        boleto.paid_at = None


def _pay(
    session: Session,
    one: Occurrence,
    boleto: Boleto | None,
    key: str,
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
        external_id=key,
        invoice_id=boleto.invoice_id if boleto else None,
        amount_cents=one.paid_cents,
        fee_cents=one.fee_cents,
        currency=CURRENCY,
        paid_at=paid_at,
        payer=Payer(name=boleto.payer_name, document=boleto.payer_document) if boleto else Payer(),
        facts=facts_of(one),
        now=now,
    )


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
