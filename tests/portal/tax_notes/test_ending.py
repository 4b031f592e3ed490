"""The end of a note that was issued: canceled by an event, or replaced by another of the same amount."""

from datetime import timedelta
from functools import partial

import pytest
from lxml import etree
from sqlalchemy import select, update

from portal.customers.models import Customer
from portal.tax_notes.models import TaxNoteCancellation
from portal.tax_notes.operations.ending import ask_cancellation, ask_replacement
from portal.tax_notes.queries.books import find_unlike_ends
from portal.tax_notes.queries.reading import read_xml
from portal.tax_notes.rules.states import (
    CancellationOpen,
    CancelReason,
    NoteGone,
    NoteState,
    NothingLeft,
    ReplacementOpen,
    ReplaceReason,
)
from tests.factories.payouts import make_finance
from tests.factories.tax_notes import THE_25TH, notes, prepared_month
from tests.support.application import Transaction
from tests.support.tax_office import Office
from tools.tax_office.store import Mood

SOON = THE_25TH + timedelta(minutes=1)
LATER = THE_25TH + timedelta(hours=1)
N = {"n": "http://www.sped.fazenda.gov.br/nfse"}
REASON = "Cliente não usou o serviço"


@pytest.fixture
def issued(tax_office: Office, transaction: Transaction) -> Office:
    """The office, which issued the two notes of a month."""
    with transaction() as session:
        prepared_month(session)
    tax_office.work(SOON)
    return tax_office


def states(transaction: Transaction) -> list[NoteState]:
    with transaction() as session:
        return [note.state for note in notes(session)]


class TestANoteThatEnds:
    @pytest.mark.deep
    def test_is_canceled_by_an_event(self, issued: Office, transaction: Transaction) -> None:
        with transaction() as session:
            note, actor = notes(session)[0], make_finance(session)
            ask_cancellation(
                session, note.id, code=CancelReason.NOT_RENDERED, reason=REASON, actor=actor, now=LATER
            )
        issued.work(LATER)
        with transaction() as session:
            note = notes(session)[0]
            assert (note.state, note.ended_at) == (NoteState.CANCELED, LATER)
            assert issued.store.kinds_of(note.access_key or "") == ["101101"]
            assert find_unlike_ends(session) == []

    def test_is_canceled_once_though_the_answer_is_lost(
        self, issued: Office, transaction: Transaction
    ) -> None:
        with transaction() as session:
            note, actor = notes(session)[0], make_finance(session)
            ask_cancellation(
                session, note.id, code=CancelReason.NOT_RENDERED, reason=REASON, actor=actor, now=LATER
            )
        issued.store.choose(Mood.LOST, times=2)
        issued.work(LATER)
        issued.store.choose(Mood.NORMAL)
        issued.work(LATER + timedelta(hours=1))
        assert states(transaction)[0] is NoteState.CANCELED

    def test_stays_in_force_when_the_office_refuses(self, issued: Office, transaction: Transaction) -> None:
        with transaction() as session:
            note, actor = notes(session)[0], make_finance(session)
            ask_cancellation(
                session, note.id, code=CancelReason.MISTAKE, reason=REASON, actor=actor, now=LATER
            )
        issued.store.choose(Mood.REFUSE, code="E0822")
        issued.work(LATER)
        assert states(transaction)[0] is NoteState.AUTHORIZED
        with transaction() as session:
            row = session.scalars(select(TaxNoteCancellation)).one()
            assert row.trouble_code == "E0822"

    @pytest.mark.deep
    def test_is_replaced_by_one_with_the_same_amount(self, issued: Office, transaction: Transaction) -> None:
        with transaction() as session:
            session.execute(update(Customer).values(name="Nome Certo Ltda"))
            ask_replacement(
                session,
                notes(session)[0].id,
                code=ReplaceReason.OTHER,
                reason="O nome do cliente estava errado",
                description="",
                discount_cents=0,
                actor=make_finance(session),
                now=LATER,
            )
            assert notes(session)[0].state is NoteState.AUTHORIZED
        issued.work(LATER)
        with transaction() as session:
            old, _other, new = notes(session)
            assert (old.state, new.state) == (NoteState.REPLACED, NoteState.AUTHORIZED)
            assert new.amount_cents == old.amount_cents == 199_90
            document = etree.fromstring(read_xml(session, new.id))
            assert document.findtext(".//n:subst/n:chSubstda", namespaces=N) == old.access_key
            assert document.findtext(".//n:toma/n:xNome", namespaces=N) == "Nome Certo Ltda"
            assert issued.store.kinds_of(old.access_key or "") == ["105102"]
            assert find_unlike_ends(session) == []

    def test_is_replaced_by_one_less_what_was_credited_since(
        self, issued: Office, transaction: Transaction
    ) -> None:
        with transaction() as session:
            replace = partial(
                ask_replacement,
                session,
                notes(session)[0].id,
                code=ReplaceReason.OTHER,
                reason="O valor foi creditado em parte",
                description="",
                actor=make_finance(session),
                now=LATER,
            )
            with pytest.raises(NothingLeft):
                replace(discount_cents=199_90)
            replace(discount_cents=40_00)
        issued.work(LATER)
        with transaction() as session:
            old, _other, new = notes(session)
            assert (old.state, new.state) == (NoteState.REPLACED, NoteState.AUTHORIZED)
            assert (new.amount_cents, new.net_cents) == (199_90, 159_90)
            document = etree.fromstring(read_xml(session, new.id))
            assert document.findtext(".//n:vLiq", namespaces=N) == "159.90"

    @pytest.mark.deep
    def test_is_kept_when_the_new_one_is_refused(self, issued: Office, transaction: Transaction) -> None:
        with transaction() as session:
            ask_replacement(
                session,
                notes(session)[0].id,
                code=ReplaceReason.OTHER,
                reason="O nome do cliente estava errado",
                description="",
                discount_cents=0,
                actor=make_finance(session),
                now=LATER,
            )
        issued.store.choose(Mood.REFUSE, code="E0040")
        issued.work(LATER)
        assert states(transaction) == [NoteState.AUTHORIZED, NoteState.AUTHORIZED, NoteState.REJECTED]

    def test_is_asked_to_end_once(self, issued: Office, transaction: Transaction) -> None:
        with transaction() as session:
            first, second = notes(session)
            actor = make_finance(session)
            ask_cancellation(
                session, first.id, code=CancelReason.MISTAKE, reason=REASON, actor=actor, now=LATER
            )
            ids = first.id, second.id
            replace = partial(
                ask_replacement,
                session,
                code=ReplaceReason.OTHER,
                reason=REASON,
                description="",
                discount_cents=0,
                actor=actor,
                now=LATER,
            )
            with pytest.raises(CancellationOpen):
                replace(ids[0])
            replace(ids[1])
            with pytest.raises(ReplacementOpen):
                ask_cancellation(
                    session, second.id, code=CancelReason.MISTAKE, reason=REASON, actor=actor, now=LATER
                )
        issued.work(LATER)
        with transaction() as session, pytest.raises(NoteGone):
            ask_cancellation(
                session, ids[0], code=CancelReason.MISTAKE, reason=REASON, actor=actor, now=LATER
            )
