"""Notes at a tax office of ours, over a real connection: issued once whatever happens, refused by codes."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from lxml import etree
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.gateways.nfse import schemas
from portal.gateways.nfse.interface import NoteOrder
from portal.invoices.models import Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.shared.db import db
from portal.shared.queue import QueuedJob
from portal.tasks.models import Task
from portal.tasks.rules import TaskKind
from portal.tax_notes.models import TaxNote
from portal.tax_notes.operations.sending import chase_notes, prepare_note, send_again, wake_waiting
from portal.tax_notes.pages import trouble_of
from portal.tax_notes.queries.books import find_old_unknowns
from portal.tax_notes.queries.reading import read_xml
from portal.tax_notes.rules.states import NoteState, WaitingFor
from tests.factories.payouts import make_finance
from tests.factories.tax_notes import THE_25TH, night, notes, paid_month
from tests.support.application import Transaction
from tests.support.ports import wait_until
from tests.support.tax_office import Office
from tools.tax_office.store import Mood

SOON = THE_25TH + timedelta(minutes=1)
LATER = THE_25TH + timedelta(hours=1)
N = {"n": "http://www.sped.fazenda.gov.br/nfse"}
REASON = "Cliente não usou o serviço"


@pytest.fixture
def prepared(tax_office: Office, transaction: Transaction) -> Office:
    """The office, and a month of two notes that wait to be sent."""
    with transaction() as session:
        paid_month(session, quantities={"user": 3})
        night(session, THE_25TH)
    return tax_office


@pytest.fixture
def issued(prepared: Office) -> Office:
    """Both are issued."""
    prepared.work(SOON)
    return prepared


def states(transaction: Transaction) -> list[NoteState]:
    with transaction() as session:
        return [note.state for note in notes(session)]


def xml_of(session: Session, note: TaxNote) -> etree._Element:
    return etree.fromstring(read_xml(session, note.id))


class TestANote:
    @pytest.mark.deep
    def test_is_issued_and_kept_as_the_office_signed_it(
        self, issued: Office, transaction: Transaction
    ) -> None:
        with transaction() as session:
            found = notes(session)
            assert [note.state for note in found] == [NoteState.AUTHORIZED] * 2
            assert [note.fiscal_number for note in found] == ["1", "2"]
            document = xml_of(session, found[0])
            schema = etree.XMLSchema(etree.parse(schemas.PACKAGED / "NFSe_v1.01.xsd"))
            assert schema.validate(document), schema.error_log
            assert document.findtext(".//n:vServ", namespaces=N) == "199.90"
            assert document.findtext(".//n:dCompet", namespaces=N) == "2026-06-15"
            # two minutes before it was sent, in the time of São Paulo (E0008)
            assert document.findtext(".//n:dhEmi", namespaces=N) == "2026-06-25T01:59:00-03:00"
            assert document.findtext(".//n:toma/n:xNome", namespaces=N) == found[0].taker_name
            assert issued.dps_ids() == [note.dps_id for note in found]

    def test_says_where_the_customer_is(self, issued: Office, transaction: Transaction) -> None:
        with transaction() as session:
            document = xml_of(session, notes(session)[0])
            where = document.find(".//n:toma/n:end", N)
            assert [each.text for each in where.iter() if each.text and each.text.strip()] == [
                "4209102",  # Joinville
                "89201123",
                "Rua das Palmeiras",
                "120",
                "Centro",
            ]

    @pytest.mark.deep
    @pytest.mark.parametrize(
        "change", [{"city": "Cidade Nova"}, {"district": ""}, {"street": "Rua – dos Travessões"}]
    )
    def test_goes_out_without_an_address_the_layout_does_not_take(
        self, prepared: Office, transaction: Transaction, change: dict[str, str]
    ) -> None:
        with transaction() as session:
            session.execute(update(Customer).values(change))
        prepared.work(SOON)
        with transaction() as session:
            assert [note.state for note in notes(session)] == [NoteState.AUTHORIZED] * 2
            assert xml_of(session, notes(session)[0]).find(".//n:toma/n:end", N) is None

    def test_of_a_simples_company_carries_no_ibs_and_cbs_in_2026(
        self, issued: Office, transaction: Transaction
    ) -> None:
        with transaction() as session:
            document = xml_of(session, notes(session)[0])
            assert document.find(".//n:DPS//n:IBSCBS", N) is None
            assert document.findtext(".//n:pTotTribSN", namespaces=N) == "6.00"
        assert issued.store.mood()[0] is Mood.NORMAL

    @pytest.mark.deep
    def test_of_the_regular_regime_carries_them_since_august(
        self, tax_office: Office, transaction: Transaction
    ) -> None:
        tax_office.configure(REGIME="normal")
        with transaction() as session:
            paid_month(session)
            night(session, THE_25TH)
            september = THE_25TH + timedelta(days=92)
            paid_month(session, now=september - timedelta(days=12))
            night(session, september)
        tax_office.work(september)
        with transaction() as session:
            june, later = (xml_of(session, note) for note in notes(session))
            assert june.find(".//n:DPS//n:IBSCBS", N) is None
            group = later.find(".//n:DPS//n:IBSCBS", N)
            values = [
                group.findtext(f".//n:{name}", namespaces=N) for name in ("CST", "cClassTrib", "cIndOp")
            ]
            assert values == ["000", "000001", "100301"]
            assert later.findtext(".//n:indTotTrib", namespaces=N) == "0"

    @pytest.mark.deep
    def test_of_a_partner_that_bills_itself_is_issued_to_the_partner(
        self, tax_office: Office, transaction: Transaction
    ) -> None:
        with transaction() as session:
            invoice = paid_month(session, arrangement="hiperador")
            night(session, THE_25TH)
            payer = invoice.payer_document
        tax_office.work(SOON)
        with transaction() as session:
            (note,) = notes(session)
            assert xml_of(session, note).findtext(".//n:toma/n:CNPJ", namespaces=N) == payer


class TestAnOfficeThatFails:
    @pytest.mark.deep
    def test_by_being_slow_is_asked_before_anything_is_sent_again(
        self, prepared: Office, transaction: Transaction
    ) -> None:
        prepared.configure(timeout_s=0.3)
        prepared.server.slow_s = 0.6
        prepared.store.choose(Mood.SLOW)
        prepared.work(SOON)
        assert states(transaction) == [NoteState.SENT] * 2
        wait_until(lambda: len(prepared.dps_ids()) == 2, what="the slow office", timeout_s=10)
        prepared.store.choose(Mood.REFUSE, code="E9999")  # whatever is sent now would be refused
        prepared.work(LATER)
        assert states(transaction) == [NoteState.AUTHORIZED] * 2

    @pytest.mark.deep
    @pytest.mark.parametrize("mood", [Mood.HTML, Mood.BUSY])
    def test_is_asked_again_until_the_note_is_there(
        self, prepared: Office, transaction: Transaction, mood: Mood
    ) -> None:
        prepared.store.choose(mood)
        prepared.work(SOON)
        assert states(transaction) == [NoteState.SENT] * 2
        prepared.store.choose(Mood.NORMAL)
        prepared.work(LATER)
        assert states(transaction) == [NoteState.AUTHORIZED] * 2
        assert len(prepared.dps_ids()) == 2

    def test_that_loses_its_answer_makes_one_note_all_the_same(
        self, prepared: Office, transaction: Transaction
    ) -> None:
        prepared.store.choose(Mood.LOST)
        prepared.work(SOON)
        assert states(transaction) == [NoteState.SENT] * 2
        assert len(prepared.dps_ids()) == 2
        prepared.store.choose(Mood.NORMAL)
        prepared.work(LATER)
        assert states(transaction) == [NoteState.AUTHORIZED] * 2
        assert len(prepared.dps_ids()) == 2
        with transaction() as session:
            assert {note.fiscal_number for note in notes(session)} == {"1", "2"}

    @pytest.mark.deep
    def test_makes_one_note_for_a_worker_killed_between_sending_and_storing(
        self, app: Flask, prepared: Office, transaction: Transaction
    ) -> None:
        with transaction() as session:
            first = notes(session)[0].id
            order = prepare_note(session, first, now=SOON)
        assert isinstance(order, NoteOrder)
        with app.app_context():
            app.extensions["portal.nfse"].issue(order)  # and nobody writes down that it was
        prepared.work(LATER)
        assert states(transaction) == [NoteState.AUTHORIZED] * 2
        assert len(prepared.dps_ids()) == len(set(prepared.dps_ids())) == 2

    def test_is_chased_after_the_queue_gave_up(self, prepared: Office, transaction: Transaction) -> None:
        prepared.store.choose(Mood.BUSY)
        prepared.work(SOON)
        two_days = THE_25TH + timedelta(days=2)
        with transaction() as session:
            session.execute(update(QueuedJob).where(QueuedJob.kind == "send-tax-note").values(state="failed"))
            assert len(find_old_unknowns(session, now=two_days)) == 2
            assert chase_notes(session, now=two_days) == 2
        prepared.store.choose(Mood.NORMAL)
        prepared.work(two_days)
        with transaction() as session:
            assert find_old_unknowns(session, now=two_days) == []
        assert states(transaction) == [NoteState.AUTHORIZED] * 2


class TestARejectedNote:
    def test_says_why_and_what_to_do_and_goes_out_again(
        self, prepared: Office, transaction: Transaction
    ) -> None:
        prepared.store.choose(Mood.REFUSE, code="E0312", times=1)
        prepared.work(SOON)
        with transaction() as session:
            rejected = next(note for note in notes(session) if note.state is NoteState.REJECTED)
            trouble = trouble_of(rejected)
            assert trouble is not None
            assert trouble.why.startswith("E0312: ")
            assert "PORTAL_NFSE_CITY_CODE" in trouble.advice
            task = session.scalars(select(Task).where(Task.kind == TaskKind.TAX_NOTE)).one()
            assert task.title == "Notas fiscais rejeitadas em jun/2026: E0312"
            assert (task.subject_type, task.subject_id) == ("tax_notes", rejected.id)
            send_again(session, rejected.id, actor=make_finance(session), now=LATER)
        prepared.work(LATER)
        assert states(transaction) == [NoteState.AUTHORIZED] * 2

    def test_takes_what_was_corrected_in_the_record(self, prepared: Office, transaction: Transaction) -> None:
        prepared.store.choose(Mood.REFUSE, code="E1235", times=2)
        prepared.work(SOON)
        with transaction() as session:
            assert len(session.scalars(select(Task)).all()) == 1  # for both notes
            session.execute(update(Customer).values(name="Padaria Corrigida Ltda"))
            for note in notes(session):
                send_again(session, note.id, actor=make_finance(session, f"F{note.id}"), now=LATER)
        prepared.work(LATER)
        with transaction() as session:
            document = xml_of(session, notes(session)[0])
            assert document.findtext(".//n:toma/n:xNome", namespaces=N) == "Padaria Corrigida Ltda"


def schemas_with(folder: Path, before: str, after: str) -> Path:
    """The official schemas, changed at one place."""
    for file in schemas.PACKAGED.iterdir():
        content = file.read_text(encoding="utf-8")
        (folder / file.name).write_text(content.replace(before, after), encoding="utf-8")
    return folder


@pytest.fixture
def strict_schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """They take no name longer than five letters."""
    name = '<xs:simpleType name="TSNomeRazaoSocial">'
    text = (schemas.PACKAGED / "tiposSimples_v1.01.xsd").read_text(encoding="utf-8")
    declared = text[text.index(name) :].partition("</xs:simpleType>")[0]
    return schemas_with(tmp_path_factory.mktemp("strict"), declared, declared.replace('"300"', '"5"'))


class TestADiscountedNote:
    def test_says_what_was_taken_off(self, tax_office: Office, transaction: Transaction) -> None:
        with transaction() as session:
            invoice = paid_month(session)
            issue_credit_note(
                session,
                invoice_id=invoice.id,
                amount_cents=50_00,
                reason="Cobrado a mais",
                seen_cents=0,
                actor=make_finance(session),
                now=SOON,
            )
            night(session, THE_25TH)
        tax_office.work(SOON)
        with transaction() as session:
            document = xml_of(session, notes(session)[0])
            found = [
                document.findtext(f".//n:{name}", namespaces=N) for name in ("vServ", "vDescIncond", "vLiq")
            ]
            assert found == ["199.90", "50.00", "149.90"]


class TestACnpjWithLetters:
    @pytest.fixture
    def lettered(self, tax_office: Office, transaction: Transaction) -> Office:
        with transaction() as session:
            paid_month(session)
            session.execute(update(Customer).values(document="12ABC34501DE35"))
            night(session, THE_25TH)
        tax_office.work(SOON)
        return tax_office

    def test_keeps_the_note_waiting_and_says_why(self, lettered: Office, transaction: Transaction) -> None:
        with transaction() as session:
            (note,) = notes(session)
            assert (note.state, note.waiting_for) == (NoteState.WAITING, WaitingFor.LETTERS)
            trouble = trouble_of(note)
            assert trouble is not None
            assert "ainda aceita só números" in trouble.why
            assert "sai sozinha" in trouble.advice
        assert lettered.dps_ids() == []

    def test_goes_out_by_itself_with_a_schema_that_takes_them(
        self, lettered: Office, transaction: Transaction, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = schemas_with(tmp_path_factory.mktemp("schemas"), "[0-9]{14}", "[0-9A-Z]{14}")
        lettered.configure(SCHEMAS=str(folder))
        with transaction() as session:
            assert wake_waiting(session, now=LATER) == 1
        lettered.work(LATER)
        # The office of ours checks by the schema in force, and says so with its own code.
        with transaction() as session:
            (note,) = notes(session)
            assert (note.state, note.trouble_code) == (NoteState.REJECTED, "E1235")

    def test_is_told_from_other_things_the_schema_refuses(
        self, prepared: Office, transaction: Transaction, strict_schemas: Path
    ) -> None:
        prepared.configure(SCHEMAS=str(strict_schemas))
        prepared.work(SOON)
        with transaction() as session:
            note = notes(session)[0]
            assert (note.state, note.waiting_for) == (NoteState.WAITING, WaitingFor.SCHEMA)
            trouble = trouble_of(note)
            assert trouble is not None
            assert trouble.why == "O esquema oficial não aceita o nome do cliente."
        assert prepared.dps_ids() == []


class TestAnInvoiceThatChanged:
    def test_before_the_note_was_sent_holds_it(self, prepared: Office, transaction: Transaction) -> None:
        with transaction() as session:
            note = notes(session)[0]
            issue_credit_note(
                session,
                invoice_id=note.invoice_id,
                amount_cents=1_00,
                reason="Engano",
                seen_cents=0,
                actor=make_finance(session),
                now=THE_25TH,
            )
        prepared.work(SOON)
        with transaction() as session:
            assert {note.waiting_for for note in notes(session)} == {WaitingFor.INVOICE}
        assert prepared.dps_ids() == []

    def test_after_it_was_issued_asks_finance_to_look(self, issued: Office, transaction: Transaction) -> None:
        with transaction() as session:
            note = notes(session)[0]
            issue_credit_note(
                session,
                invoice_id=note.invoice_id,
                amount_cents=1_00,
                reason="Engano",
                seen_cents=0,
                actor=make_finance(session),
                now=LATER,
            )
            tasks = session.scalars(select(Task).where(Task.kind == TaskKind.TAX_NOTE)).all()
            label = session.get_one(Invoice, note.invoice_id).label
            assert [task.title for task in tasks] == [f"Rever 2 notas fiscais emitidas da fatura {label}"]
            assert "R$\u00a0219,80" in tasks[0].detail  # by hand: 199,90 + 19,90
        assert len(issued.dps_ids()) == 2


class TestTheDay:
    def test_from_invoice_to_note_is_walked_by_the_schedule(
        self, app: Flask, tax_office: Office, transaction: Transaction
    ) -> None:
        from portal.tax_notes.scheduled import chase_tax_notes, prepare_tax_notes

        with transaction() as session:
            paid_month(session)
        seen = {}
        for day in range(23, 28):
            now = THE_25TH.replace(day=day)
            with app.app_context():
                prepare_tax_notes(db.session, now=now)
                chase_tax_notes(db.session, now=now)
                db.session.commit()
            tax_office.work(now + timedelta(minutes=5))
            seen[day] = len(tax_office.dps_ids())
        assert seen == {23: 0, 24: 0, 25: 1, 26: 1, 27: 1}
