"""What the lists, the board, the queue and the approval path answer, to whom, and in how many statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from calculator import approval_reasons, price_quote
from portal.catalog.queries import loaded_list
from portal.quotes.models import Quote
from portal.quotes.operations.approval import approve_quote, reject_quote
from portal.quotes.operations.copying import add_alternative
from portal.quotes.operations.drafting import revise_quote
from portal.quotes.operations.submitting import submit_quote
from portal.quotes.queries.approvals import approval_queue, count_queue, partner_history
from portal.quotes.queries.board import board_columns
from portal.quotes.queries.deals import deal_of
from portal.quotes.queries.deciders import approval_path
from portal.quotes.queries.listing import QUOTE_LIST, list_quotes
from portal.quotes.queries.reading import get_live_version, get_quote, get_version
from portal.quotes.rules.states import QuoteState
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_document
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Missing
from tests.factories.quotes import (
    NOON,
    House,
    a_selection,
    approved,
    draft,
    live,
    make_house,
    pending,
    save,
    sent,
)
from tests.factories.users import actor_of, make_user


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements sent inside."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    session.flush()
    session.expunge_all()
    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)


def ids(session: Session, actor: Actor, **args: str) -> list[int]:
    request = QUOTE_LIST.read(args)
    page = list_quotes(session, actor=actor, request=request)
    return [entry.version.quote_id for entry in page.items]


class TestTheList:
    def test_shows_each_person_only_what_is_theirs(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        mine, foreign = draft(session, house).id, draft(session, other).id
        for actor in (house.seller, house.manager, house.substitute):
            assert ids(session, actor) == [mine]
        assert sorted(ids(session, house.admin)) == sorted([mine, foreign])

    def test_finds_by_name_document_and_number(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        draft(session, make_house(session, name="Mercado Azul Ltda", trade_name=""))
        document = house.customer.document
        for typed in ("pão quente", "PADARIA PAO", document, format_document(document)):
            assert ids(session, house.admin, busca=typed) == [quote.id], typed
        assert ids(session, house.seller, busca=f"{quote.proposal_id:06d}") == [quote.id]
        assert ids(session, house.seller, busca="100%") == []

    def test_filters(self, session: Session) -> None:
        house = make_house(session)
        monthly, _token = sent(session, house)
        annual = draft(session, house, now=NOON + timedelta(days=1), term="annual", plan="mini")
        seller = house.seller
        assert ids(session, seller, estado="sent") == [monthly.id]
        assert ids(session, seller, plano="mini") == [annual.id]
        assert ids(session, seller, prazo="monthly") == [monthly.id]
        assert ids(session, seller, responsavel=str(seller.user_id)) == [annual.id, monthly.id]
        assert ids(session, seller, responsavel="0") == []
        assert ids(session, seller, responsavel="x") == []
        assert ids(session, seller, de="2026-06-11") == [annual.id]
        assert ids(session, seller, ate="2026-06-10") == [monthly.id]

    def test_ends_a_period_at_midnight_in_sao_paulo(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, now=at_sao_paulo(date(2026, 6, 30), 23, 59))
        assert ids(session, house.seller, ate="2026-06-30") == [quote.id]
        assert ids(session, house.seller, de="2026-07-01") == []

    def test_sorts(self, session: Session) -> None:
        house = make_house(session)
        cheap = draft(session, house, plan="mini")
        dear = draft(session, house, now=NOON - timedelta(days=1), negotiated_total=185_00)
        assert ids(session, house.seller) == [cheap.id, dear.id]
        assert ids(session, house.seller, ordem="valor") == [cheap.id, dear.id]
        assert ids(session, house.seller, ordem="-desconto") == [dear.id, cheap.id]
        assert ids(session, house.seller, ordem="cliente") == sorted([cheap.id, dear.id])

    def test_gives_alternatives_a_letter(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        add_alternative(session, quote=quote, term="annual", actor=house.seller, now=NOON)
        page = list_quotes(session, actor=house.seller, request=QUOTE_LIST.read({}))
        number = f"{quote.proposal_id:06d}"
        assert sorted(entry.label for entry in page.items) == [f"{number}-A", f"{number}-B"]

    def test_needs_three_statements_however_long_it_is(self, session: Session) -> None:
        house = make_house(session)
        for _ in range(4):
            draft(session, house)
        with counted(session) as statements:
            page = list_quotes(session, actor=house.manager, request=QUOTE_LIST.read({}))
            for entry in page.items:
                assert entry.version.customer.partner.trade_name
                assert entry.version.quote.owner.name
        assert len(statements) == 3


class TestTheBoard:
    def test_has_a_column_a_state_with_amounts(self, session: Session) -> None:
        house = make_house(session)
        draft(session, house)
        draft(session, house, negotiated_total=190_00)
        sent(session, house)
        draft(session, make_house(session))
        with counted(session) as statements:
            columns = {column.state: column for column in board_columns(session, actor=house.seller)}
        assert len(statements) == 2
        drafts = columns[QuoteState.DRAFT]
        assert (drafts.count, drafts.total_cents, len(drafts.entries)) == (
            2,
            199_90 + 190_00,
            2,
        )
        assert columns[QuoteState.SENT].count == 1
        assert columns[QuoteState.ACCEPTED].count == 0


class TestReadingAQuote:
    @pytest.mark.parametrize("read", [get_quote, get_live_version])
    def test_of_another_partner_is_missing(self, session: Session, read: Callable[..., object]) -> None:
        house, other = make_house(session), make_house(session)
        quote = draft(session, other)
        for actor in (house.seller, house.manager):
            with pytest.raises(Missing):
                read(session, quote.id, actor=actor)

    def test_of_nobody_is_missing(self, session: Session) -> None:
        house = make_house(session)
        with pytest.raises(Missing):
            get_version(session, draft(session, house).id, 2, actor=house.seller)

    def test_gives_the_page_all_it_needs_at_once(self, session: Session) -> None:
        house = make_house(session)
        quote_id = approved(session, house).id
        with counted(session) as statements:
            version = get_live_version(session, quote_id, actor=house.seller)
            assert version.customer.signatory is not None
            assert version.customer.partner.trade_name == "Sul Sistemas"
            assert version.approval is not None
            assert version.approval.decided_by is not None
            assert version.approval.decided_by.name == "Ana Souza"
        assert len(statements) == 1


class TestTheQueue:
    def test_has_the_oldest_request_first_for_whoever_may_decide(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        newer = pending(session, house).id
        older = pending(session, house, now=NOON - timedelta(hours=3)).id
        foreign = pending(session, other).id
        for actor in (house.manager, house.substitute):
            queue = approval_queue(session, actor=actor, now=NOON)
            assert [entry.approval.id for entry in queue] == [older, newer]
            assert queue[0].age == "há 3 horas"
            assert count_queue(session, actor=actor) == 2
        everything = approval_queue(session, actor=house.admin, now=NOON)
        assert {entry.approval.id for entry in everything} == {older, newer, foreign}

    def test_is_empty_for_others(self, session: Session) -> None:
        house = make_house(session)
        pending(session, house)
        finance = actor_of(make_user(session, role=Role.FINANCE))
        for actor in (house.seller, finance):
            assert approval_queue(session, actor=actor, now=NOON) == []

    def test_leaves_ones_own_out(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=160_00)
        quote.owner_id = house.manager.user_id
        session.flush()
        submit_quote(session, quote=quote, actor=house.seller, now=NOON)
        assert approval_queue(session, actor=house.manager, now=NOON) == []
        assert len(approval_queue(session, actor=house.substitute, now=NOON)) == 1

    def test_needs_one_statement_however_long_it_is(self, session: Session) -> None:
        house = make_house(session)
        for _ in range(3):
            pending(session, house)
        with counted(session) as statements:
            for entry in approval_queue(session, actor=house.manager, now=NOON):
                assert entry.version.customer.partner.trade_name
                assert entry.approval.requested_by.name
                assert entry.version.quote.owner.name
        assert len(statements) == 1

    @pytest.mark.deep
    def test_knows_the_history_of_the_partner(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        approved(session, house)
        rejected = pending(session, house, negotiated_total=180_00 - 1_00)
        reject_quote(session, approval=rejected, reason="Não", actor=house.manager, now=NOON)
        pending(session, house, now=NOON - timedelta(days=200))
        wanted = [house.partner.id, other.partner.id]
        history = partner_history(session, wanted, now=NOON + timedelta(hours=1))
        mine = history[house.partner.id]
        assert (mine.asked, mine.approved, mine.rejected, mine.countered) == (2, 1, 1, 0)
        assert mine.average_discount_basis_points == (1996 + 1046) // 2
        assert history[other.partner.id].asked == 0

    @pytest.mark.deep
    def test_looks_back_at_twenty_requests_and_no_further(self, session: Session) -> None:
        house = make_house(session)
        approved(session, house, now=NOON - timedelta(days=1))
        for _ in range(20):
            pending(session, house)
        history = partner_history(session, [house.partner.id], now=NOON)[house.partner.id]
        assert (history.asked, history.approved) == (20, 0)


class TestTheApprovalPath:
    def preview(self, session: Session, house: House, quote: Quote | None, cents: int) -> tuple[bool, str]:
        path = approval_path(
            session,
            partner_id=house.partner.id,
            owner_id=house.seller.user_id,
            quote_id=quote.id if quote else None,
        )
        selection = a_selection(negotiated_total=cents, tier="prata")
        breakdown = price_quote(selection, loaded_list(session, house.list_id))
        deal = deal_of(breakdown, price_list_id=house.list_id, arrangement="central_cobranca")
        preview = path.preview(deal, approval_reasons(breakdown))
        return preview.required, preview.sentence

    @pytest.mark.deep
    def test_says_by_whom_and_how_long_it_takes(self, session: Session) -> None:
        house = make_house(session)
        for hours in (2, 4):
            approval = pending(session, house)
            approve_quote(session, approval=approval, actor=house.manager, now=NOON + timedelta(hours=hours))
        expected = "Este valor precisa da aprovação de Ana Souza. Responde, em média, em 3 horas."
        assert self.preview(session, house, None, 160_00) == (True, expected)

    def test_knows_what_was_agreed_about_the_quote(self, session: Session) -> None:
        house = make_house(session)
        quote = approved(session, house, negotiated_total=160_00)
        revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        assert self.preview(session, house, quote, 160_00)[0] is False
        assert self.preview(session, house, quote, 159_99)[0] is True
        assert self.preview(session, house, None, 160_00)[0] is True

    @pytest.mark.deep
    def test_agrees_with_what_saving_decides(self, session: Session) -> None:
        house = make_house(session)
        quote = approved(session, house, negotiated_total=160_00)
        revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        for cents in (150_00, 159_99, 160_00, 179_90, 179_91, 199_90):
            version = save(session, house, quote, negotiated_total=cents)
            assert version.needs_approval == self.preview(session, house, quote, cents)[0], cents
        assert live(session, quote).negotiated_cents == 199_90

    def test_needs_one_statement(self, session: Session) -> None:
        house = make_house(session)
        quote_id = approved(session, house).id
        with counted(session) as statements:
            approval_path(
                session, partner_id=house.partner.id, owner_id=house.seller.user_id, quote_id=quote_id
            )
        assert len(statements) == 1
