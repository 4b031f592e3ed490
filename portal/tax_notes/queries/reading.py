"""Reads of notes: lists, one of them, and how a month stands."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.customers.models import Customer
from portal.customers.queries.reading import matching
from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all
from portal.shared.refusals import Missing
from portal.subscriptions.rules import BilledTo
from portal.tax_notes.models import TaxNote, TaxNoteCancellation, TaxNoteRun
from portal.tax_notes.rules.preparing import parse_month
from portal.tax_notes.rules.states import ISSUED, UNDER_WAY, CancellationState, NoteState

UNKNOWN = "Não encontramos esta nota fiscal."
EXPORT_LIMIT = 50_000
FAILED, GOING = "com-problema", "em-andamento"
GROUPS = {FAILED: (NoteState.REJECTED, NoteState.WAITING), GOING: UNDER_WAY}
MONTH = "mes"
NOTE_LIST = ListSpec(
    sorts={
        "numero": TaxNote.number,
        "cliente": Customer.search_text,
        "valor": TaxNote.amount_cents,
        "mes": TaxNote.month,
    },
    default="-numero",
    filters={"estado": {*NoteState, *GROUPS}, MONTH: None},
)
OWN_LIST = ListSpec(
    sorts={"emissao": TaxNote.id}, default="-emissao", filters={"estado": ISSUED, MONTH: None}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfNotes:
    """How a month stands: how many notes and centavos in each state."""

    month: date
    many: Mapping[NoteState, int]
    cents: Mapping[NoteState, int]

    @property
    def total(self) -> int:
        """How many notes there are."""
        return sum(self.many.values())

    @property
    def total_cents(self) -> int:
        """What the notes in force and to come are worth: neither canceled nor replaced."""
        ended = (NoteState.CANCELED, NoteState.REPLACED)
        return sum(cents for state, cents in self.cents.items() if state not in ended)


def list_months(session: Session) -> Sequence[date]:
    """The months that were looked through, the newest first."""
    return session.scalars(select(TaxNoteRun.month).order_by(TaxNoteRun.month.desc())).all()


def find_run(session: Session, month: date) -> TaxNoteRun | None:
    """The run of a month."""
    return session.scalar(select(TaxNoteRun).where(TaxNoteRun.month == month))


def state_of_month(session: Session, month: date) -> MonthOfNotes:
    """How the notes of a month stand. One statement."""
    rows = session.execute(
        select(
            TaxNote.state,
            func.count().label("many"),
            func.sum(TaxNote.amount_cents - TaxNote.discount_cents).label("cents"),
        )
        .where(TaxNote.month == month)
        .group_by(TaxNote.state)
    ).all()
    return MonthOfNotes(
        month=month,
        many={row.state: row.many for row in rows},
        cents={row.state: int(row.cents) for row in rows},
    )


def list_notes(session: Session, request: ListRequest, *, actor: Actor) -> Page[TaxNote]:
    """A page of the notes this person may see."""
    return paginate(session, _wanted(request, actor), request)


def list_for_export(request: ListRequest, *, actor: Actor) -> Iterator[TaxNote]:
    """As `list_notes`, all of them up to a limit."""
    yield from read_all(request.ordered(_wanted(request, actor)).limit(EXPORT_LIMIT))


def list_of_customer(
    session: Session, customer_id: int, request: ListRequest, *, actor: Actor
) -> Page[TaxNote]:
    """A page of one customer's notes, those issued to its partner too."""
    statement = _wanted(request, actor).where(TaxNote.customer_id == customer_id)
    return paginate(session, statement, request)


def get_note(session: Session, note_id: int, *, actor: Actor) -> TaxNote:
    """A note with everything its page shows. Raises `Missing`, also for another partner's."""
    note = session.scalar(_loaded().where(TaxNote.id == note_id, visible_to(actor, TaxNote.partner_id)))
    if note is None:
        raise Missing(UNKNOWN)
    return note


def find_replacement(session: Session, note_id: int) -> TaxNote | None:
    """The note that takes the place of one."""
    return session.scalar(select(TaxNote).where(TaxNote.replaces_id == note_id))


def list_cancellations(session: Session, note_id: int) -> Sequence[TaxNoteCancellation]:
    """The requests to cancel a note, the newest first."""
    return session.scalars(
        select(TaxNoteCancellation)
        .options(joinedload(TaxNoteCancellation.asked_by))
        .where(TaxNoteCancellation.note_id == note_id)
        .order_by(TaxNoteCancellation.id.desc())
    ).all()


def lock_note(session: Session, note_id: int) -> TaxNote:
    """A note as it is now, under its lock. Raises `Missing`."""
    note = session.get(TaxNote, note_id, with_for_update=True, populate_existing=True)
    if note is None:
        raise Missing(UNKNOWN)
    return note


def lock_cancellation(session: Session, cancellation_id: int) -> TaxNoteCancellation:
    """A request as it is now, under its lock. Raises `Missing`."""
    found = session.get(TaxNoteCancellation, cancellation_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing(UNKNOWN)
    return found


def has_open_cancellation(session: Session, note_id: int) -> bool:
    """Whether a request to cancel a note waits for its answer."""
    found = select(TaxNoteCancellation.id).where(
        TaxNoteCancellation.note_id == note_id, TaxNoteCancellation.state == CancellationState.ASKED
    )
    return session.scalar(found) is not None


def list_own(session: Session, request: ListRequest, *, customer_id: int) -> Page[TaxNote]:
    """A page of the issued notes of a customer in its own area."""
    statement = _own(customer_id).where(*_month_asked(request))
    if state := request.filter("estado"):
        statement = statement.where(TaxNote.state == NoteState(state))
    return paginate(session, statement, request)


def count_coming(session: Session, customer_id: int) -> int:
    """How many notes of a customer are on their way to it."""
    return (
        session.scalar(
            select(func.count())
            .select_from(TaxNote)
            .where(
                TaxNote.customer_id == customer_id,
                TaxNote.billed_to == BilledTo.CUSTOMER,
                TaxNote.state.not_in(ISSUED),
            )
        )
        or 0
    )


def get_own(session: Session, note_id: int, *, customer_id: int) -> TaxNote:
    """An issued note of this customer. Raises `Missing`, also for another's."""
    note = session.scalar(_own(customer_id).where(TaxNote.id == note_id))
    if note is None:
        raise Missing(UNKNOWN)
    return note


def read_xml(session: Session, note_id: int) -> bytes:
    """The signed note as the tax office gave it. Raises `Missing` before it did."""
    packed = session.scalar(select(TaxNote.xml).where(TaxNote.id == note_id))
    if packed is None:
        raise Missing("A repartição ainda não emitiu esta nota.")
    return gzip.decompress(packed)


def _own(customer_id: int) -> Select[TaxNote]:
    return _loaded().where(
        TaxNote.customer_id == customer_id,
        TaxNote.billed_to == BilledTo.CUSTOMER,
        TaxNote.state.in_(ISSUED),
    )


def _loaded() -> Select[TaxNote]:
    return select(TaxNote).options(
        joinedload(TaxNote.customer),
        joinedload(TaxNote.invoice),
        joinedload(TaxNote.partner),
        joinedload(TaxNote.asked_by),
    )


def _wanted(request: ListRequest, actor: Actor) -> Select[TaxNote]:
    statement = (
        select(TaxNote)
        .join(TaxNote.customer)
        .options(contains_eager(TaxNote.customer), joinedload(TaxNote.invoice), joinedload(TaxNote.partner))
        .where(visible_to(actor, TaxNote.partner_id), *_month_asked(request))
    )
    if request.search:
        statement = statement.where(_meant(request.search))
    if state := request.filter("estado"):
        states = GROUPS[state] if state in GROUPS else (NoteState(state),)
        statement = statement.where(TaxNote.state.in_(states))
    return statement


def _month_asked(request: ListRequest) -> Iterator[ColumnElement[bool]]:
    if month := month_asked(request):
        yield TaxNote.month == month


def month_asked(request: ListRequest) -> date | None:
    """`?mes=2026-11`; what is no month is as if not given."""
    return parse_month(request.filter(MONTH))


def _meant(search: str) -> ColumnElement[bool]:
    """By who it is of, or by a number: its own, the fiscal one or its key."""
    meant = [matching(search)]
    word = search.strip()
    if word.isascii() and word.isdigit():
        meant += [TaxNote.fiscal_number == word, TaxNote.access_key == word]
        if len(word) <= 9:
            meant.append(TaxNote.number == int(word))
    return or_(*meant)
