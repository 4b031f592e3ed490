"""Damaged returns: refused whole, and processed all the same only line by line and with a reason."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.models.fault import BankFileFault
from portal.banking.operations.applying import apply_return
from portal.banking.operations.taking_returns import waive_fault
from portal.banking.rules.bank_files import AlreadyApplied, AlreadyWaived, BankFileState, NeedsReason
from portal.banking.rules.return_lines import UnreadableFile
from portal.receipts.models.payment import Payment
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from tests.factories.bank_accounts import BRASIL
from tests.factories.bank_files import bring, effects
from tests.factories.bank_rows import add_account
from tests.factories.invoices import make_billed
from tests.factories.payments import A_DAY_LATER
from tests.factories.users import actor_of, make_user


def finance(session: Session) -> Actor:
    return actor_of(make_user(session, role=Role.FINANCE))


def a_return(session: Session, *, count: int = 2) -> list[str]:
    """The records of a return that pays as many boletos of Banco do Brasil."""
    add_account(session, BRASIL)
    for _each in range(count):
        make_billed(session)
    lines = [
        ReturnLine(
            code="06",
            number=boleto.number,
            on=date(2026, 6, 12),
            due_on=boleto.due_on,
            title_cents=199_90,
            paid_cents=199_90,
            fee_cents=2_10,
        )
        for boleto in session.scalars(select(Boleto).order_by(Boleto.id))
    ]
    return return_file(BRASIL, lines, made_at=A_DAY_LATER, number=1).decode("ascii").split("\r\n")


def taken(session: Session, records: list[str], actor: Actor) -> BankFile:
    content = "\r\n".join(records).encode("ascii")
    return bring(session, content, name="IEDCBR.RET", actor=actor, now=A_DAY_LATER)


def faults_of(session: Session, file: BankFile) -> list[BankFileFault]:
    faults = select(BankFileFault).where(BankFileFault.file_id == file.id)
    return list(session.scalars(faults.order_by(BankFileFault.line)))


def state_of(session: Session, file: BankFile) -> str:
    return session.scalars(select(BankFile.state).where(BankFile.id == file.id)).one().value


class TestADamagedReturn:
    @pytest.mark.deep
    def test_is_kept_with_its_faults_and_does_nothing(self, session: Session) -> None:
        records = a_return(session)
        records[6] = records[6][:17] + "000009" + records[6][23:]  # the batch's trailer
        file = taken(session, records, finance(session))
        assert (file.state, effects(session, file)) == (BankFileState.DAMAGED, [])
        (fault,) = faults_of(session, file)
        assert (fault.line, fault.said) == (7, "conta outro número de registros no lote, que tem 6")
        with pytest.raises(AlreadyApplied):
            apply_return(session, file=file, actor=finance(session), now=A_DAY_LATER)
        assert session.scalar(select(func.count(Payment.id))) == 0

    def test_is_applied_after_each_fault_was_let_pass_with_a_reason(self, session: Session) -> None:
        records = a_return(session)
        records[2] += "    "  # one line longer than the layout
        records[6] = records[6][:17] + "000009" + records[6][23:]
        desk = finance(session)
        file = taken(session, records, desk)
        long, counter = faults_of(session, file)
        with pytest.raises(NeedsReason):
            waive_fault(session, fault_id=long.id, reason="", actor=desk, now=A_DAY_LATER)
        waive_fault(session, fault_id=long.id, reason="Espaços a mais", actor=desk, now=A_DAY_LATER)
        assert state_of(session, file) == "damaged"
        with pytest.raises(AlreadyWaived):
            waive_fault(session, fault_id=long.id, reason="De novo", actor=desk, now=A_DAY_LATER)
        waive_fault(session, fault_id=counter.id, reason="O banco conta assim", actor=desk, now=A_DAY_LATER)
        assert state_of(session, file) == "read"
        apply_return(session, file=file, actor=desk, now=A_DAY_LATER)
        paid = session.scalars(select(Payment).order_by(Payment.id)).all()
        assert [(one.amount_cents, one.fee_cents, one.credited_cents) for one in paid] == [
            (199_90, 2_10, 197_80),
            (199_90, 2_10, 197_80),
        ]
        logged = session.scalars(select(LogEntry.summary).filter_by(action="bank_file")).all()
        assert "Retorno IEDCBR.RET, linha 7 processada mesmo assim: O banco conta assim" in logged

    @pytest.mark.deep
    def test_without_a_half_of_a_title_pays_nobody_else_with_it(self, session: Session) -> None:
        records = a_return(session)
        del records[3]  # the first title's segment U
        desk = finance(session)
        file = taken(session, records, desk)
        for fault in faults_of(session, file):
            waive_fault(session, fault_id=fault.id, reason="Sem o U", actor=desk, now=A_DAY_LATER)
        apply_return(session, file=file, actor=desk, now=A_DAY_LATER)
        first, second = session.scalars(select(Boleto).order_by(Boleto.id))
        invoices = {boleto.id: boleto.invoice_id for boleto in (first, second)}
        payment = session.scalars(select(Payment)).one()
        assert (payment.invoice_id, payment.amount_cents) == (invoices[second.id], 199_90)

    @pytest.mark.deep
    def test_with_letters_in_an_amount_is_not_let_pass(self, session: Session) -> None:
        records = a_return(session)
        records[3] = records[3][:77] + "O" + records[3][78:]
        with pytest.raises(UnreadableFile, match="linha 3, posições"):
            taken(session, records, finance(session))

    @pytest.mark.deep
    def test_that_comes_by_itself_is_kept_for_a_person(self, session: Session) -> None:
        records = a_return(session)
        content = "\r\n".join(records[:-2]).encode("ascii")
        file = bring(session, content, now=A_DAY_LATER)
        assert (file.state, file.created_by_id) == (BankFileState.DAMAGED, None)
        assert "falta o resto" in faults_of(session, file)[0].said

    @pytest.mark.deep
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE bank_file_faults SET waived_at = now()",
            "UPDATE bank_file_faults SET said = 'nada'",
            "DELETE FROM bank_file_faults",
        ],
    )
    def test_keeps_what_was_wrong(self, session: Session, change: str) -> None:
        records = a_return(session)
        taken(session, records[:-2], finance(session))
        with pytest.raises(IntegrityError):
            session.connection().exec_driver_sql(change)


class TestAFileThatComesAgain:
    @pytest.mark.deep
    def test_is_the_same_file(self, session: Session) -> None:
        records, desk = a_return(session), finance(session)
        file = taken(session, records, desk)
        apply_return(session, file=file, actor=desk, now=A_DAY_LATER)
        assert taken(session, records, desk).id == file.id
        assert session.scalar(select(func.count(Payment.id))) == 2
