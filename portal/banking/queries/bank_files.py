"""Files exchanged with the bank, for finance."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.banking.models.account import BankAccount
from portal.banking.models.bank_file import BankFile, BankFileLine
from portal.banking.models.boleto import Boleto
from portal.banking.models.fault import BankFileFault
from portal.banking.queries.boletos import waits_for_bank
from portal.banking.rules.bank_files import BankFileKind, BankFileState, Effect
from portal.banking.rules.boleto import BoletoState
from portal.shared.db import LARGEST_ID
from portal.shared.lists import ListRequest, ListSpec, Page, contains, paginate
from portal.shared.refusals import Missing

FILE_LIST = ListSpec(
    sorts={"data": BankFile.created_at},
    default="-data",
    filters={"tipo": BankFileKind, "situacao": BankFileState},
)


def list_bank_files(session: Session, request: ListRequest) -> Page[BankFile]:
    """A page of the files, without their contents."""
    statement = select(BankFile).options(joinedload(BankFile.created_by), joinedload(BankFile.account))
    if kind := request.filter("tipo"):
        statement = statement.where(BankFile.kind == BankFileKind(kind))
    if state := request.filter("situacao"):
        statement = statement.where(BankFile.state == BankFileState(state))
    return paginate(session, statement, request)


def get_bank_file(session: Session, file_id: int) -> BankFile:
    """A file, without its content. Raises `Missing`."""
    people = (BankFile.created_by, BankFile.applied_by, BankFile.sent_by, BankFile.account)
    found = session.scalar(
        select(BankFile).where(BankFile.id == file_id).options(*(joinedload(one) for one in people))
    )
    if found is None:
        raise Missing("Não encontramos este arquivo.")
    return found


def state_of_return(session: Session, sha256: str) -> BankFileState | None:
    """How far the return with this content is; None when it never came."""
    return session.scalar(select(BankFile.state).filter_by(kind=BankFileKind.RETURN, sha256=sha256))


LINE_LIST = ListSpec(sorts={"linha": BankFileLine.line}, default="linha", filters={"efeito": Effect})


def lines_asked(file_id: int, request: ListRequest) -> Select[BankFileLine]:
    """What the titles of a file say, all of them or those of one effect."""
    statement = select(BankFileLine).where(BankFileLine.file_id == file_id)
    if effect := request.filter("efeito"):
        statement = statement.where(BankFileLine.effect == Effect(effect))
    if asked := request.search:
        named = contains(BankFileLine.our_number, asked)
        is_number = asked.isascii() and asked.isdigit() and int(asked) <= LARGEST_ID
        statement = statement.where(named | (BankFileLine.number == int(asked)) if is_number else named)
    return statement


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSum:
    """How many lines of a file do the same, and what was paid by them, in centavos."""

    effect: Effect
    count: int
    amount_cents: int


def sum_effects(session: Session, file_id: int) -> list[EffectSum]:
    """What a return does, as far as it is checked or applied, the most frequent first."""
    count = func.count()
    summed = (
        select(BankFileLine.effect, count, func.sum(BankFileLine.amount_cents))
        .where(BankFileLine.file_id == file_id, BankFileLine.effect.is_not(None))
        .group_by(BankFileLine.effect)
        .order_by(count.desc(), BankFileLine.effect)
    )
    return [
        EffectSum(effect=effect, count=lines, amount_cents=int(cents))
        for effect, lines, cents in session.execute(summed)
        if effect is not None
    ]


def list_faults(session: Session, file_id: int) -> list[BankFileFault]:
    """What is wrong with a file, in its order."""
    faults = select(BankFileFault).where(BankFileFault.file_id == file_id)
    ordered = faults.order_by(BankFileFault.line, BankFileFault.id)
    return list(session.scalars(ordered.options(joinedload(BankFileFault.waived_by))))


def get_fault(session: Session, file_id: int, fault_id: int) -> BankFileFault:
    """A fault of this file. Raises `Missing`."""
    found = session.scalar(
        select(BankFileFault).where(BankFileFault.id == fault_id, BankFileFault.file_id == file_id)
    )
    if found is None:
        raise Missing("Não encontramos este defeito.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSend:
    """How many boletos of an account its bank is to hear of."""

    account_id: int
    name: str
    count: int


def count_to_send(session: Session) -> list[ToSend]:
    """What waits for a remittance, account by account."""
    counted = (
        select(BankAccount.id, BankAccount.name, func.count(Boleto.id))
        .join(Boleto, Boleto.series == BankAccount.series)
        .where(waits_for_bank())
        .group_by(BankAccount.id)
        .order_by(BankAccount.id)
    )
    return [ToSend(account_id=key, name=name, count=count) for key, name, count in session.execute(counted)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtBank:
    """How many boletos the banks are to hear of, were sent and not yet registered or rejected, and are unpaid
    again because a bank took the payment back.
    """

    to_send: int
    unanswered: int
    undone: int


def count_at_bank(session: Session) -> AtBank:
    """One statement, each number by an index of its own."""
    counted = select(func.count(Boleto.id))
    sent = (Boleto.state == BoletoState.ISSUED) & Boleto.remittance_id.is_not(None)
    conditions = (waits_for_bank(), sent, Boleto.state == BoletoState.UNDONE)
    row = session.execute(select(*(counted.where(each).scalar_subquery() for each in conditions))).one()
    return AtBank(to_send=row[0], unanswered=row[1], undone=row[2])
