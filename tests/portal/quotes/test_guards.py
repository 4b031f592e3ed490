"""What the database refuses, whoever asks and however (invariants M6, M7, M8, A3)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.quotes.models import QuoteVersion
from portal.quotes.operations.drafting import revise_quote
from tests.factories.quotes import NOON, approved, draft, live, make_house, pending, sent
from tests.factories.users import make_user

FROZEN_COLUMNS = {
    "negotiated_cents": 250_00,
    "minimum_cents": 0,
    "original_cents": 999_00,
    "free_down_to_cents": 0,
    "cost_cents": 0,
    "repasse_cents": 1,
    "discount_basis_points": 0,
    "price_list_id": -1,
    "engine_version": "x",
    "selection": "{}",
    "breakdown": "{}",
    "plan": "mini",
    "service_kind": "telecom",
    "term": "annual",
    "months": 12,
    "tier": "platina",
    "arrangement": "hiperador",
    "payment_method": "ted",
    "installments": 2,
    "first_period": "proportional",
    "due_day": 20,
    "setup_cents": 1,
    "setup_minimum_cents": 1,
    "setup_free_down_to_cents": 1,
    "approval_required": False,
    "number": 99,
    "quote_id": -1,
    "partner_id": -1,
    "customer_id": -1,
}

FOREIGN_KEY, UNIQUE = "(?i)foreign key", "(?i)unique"


def attempt(session: Session, statement: str, *, refused: str, **values: object) -> None:
    """Run raw SQL that this guard must refuse, and take back what it did."""
    with pytest.raises(DatabaseError, match=refused), session.begin_nested():
        session.execute(text(statement), values)


class TestAVersion:
    @pytest.mark.parametrize("column", FROZEN_COLUMNS)
    def test_that_left_draft_keeps_its_figures(self, session: Session, column: str) -> None:
        house = make_house(session)
        version = live(session, approved(session, house, negotiated_total=160_00, setup=True))
        attempt(
            session,
            f"UPDATE quote_versions SET {column} = :value WHERE id = :id",  # noqa: S608 - a name of the test
            refused="quote_versions is frozen",
            value=FROZEN_COLUMNS[column],
            id=version.id,
        )

    def test_never_becomes_a_draft_again(self, session: Session) -> None:
        version = live(session, sent(session, make_house(session))[0])
        attempt(
            session,
            "UPDATE quote_versions SET state = 'draft' WHERE id = :id",
            refused="has left draft",
            id=version.id,
        )

    def test_that_left_draft_is_never_removed(self, session: Session) -> None:
        version = live(session, sent(session, make_house(session))[0])
        attempt(
            session,
            "DELETE FROM quote_versions WHERE id = :id",
            refused="quote_versions is kept",
            id=version.id,
        )

    def test_is_in_no_state_that_the_rules_do_not_know(self, session: Session) -> None:
        version = live(session, draft(session, make_house(session)))
        attempt(
            session,
            "UPDATE quote_versions SET state = 'lost' WHERE id = :id",
            refused="quotestate",
            id=version.id,
        )

    def test_is_never_below_its_minimum_not_even_as_a_draft(self, session: Session) -> None:
        version = live(session, draft(session, make_house(session)))
        attempt(
            session,
            "UPDATE quote_versions SET negotiated_cents = 14989 WHERE id = :id",
            refused="not_below_minimum",
            id=version.id,
        )

    def test_is_never_below_the_minimum_of_its_setup_fee(self, session: Session) -> None:
        version = live(session, draft(session, make_house(session), setup=True))
        attempt(
            session,
            "UPDATE quote_versions SET setup_cents = 28999 WHERE id = :id",
            refused="setup_not_below_minimum",
            id=version.id,
        )

    @pytest.mark.parametrize("state", ["approved", "sent", "accepted", "contracted"])
    def test_that_needs_an_approval_does_not_get_on_without(self, session: Session, state: str) -> None:
        version = live(session, draft(session, make_house(session), negotiated_total=160_00))
        attempt(
            session,
            "UPDATE quote_versions SET state = :state, sent_at = created_at WHERE id = :id",
            state=state,
            refused="approved_before_customer",
            id=version.id,
        )

    def test_does_not_go_below_the_price_that_was_approved(self, session: Session) -> None:
        quote = approved(session, make_house(session), negotiated_total=160_00)
        version = live(session, quote)
        attempt(
            session,
            "UPDATE quote_versions SET approved_cents = 16001 WHERE id = :id",
            refused="approved_before_customer",
            id=version.id,
        )

    def test_has_no_approved_price_that_nobody_approved(self, session: Session) -> None:
        version = live(session, draft(session, make_house(session), negotiated_total=160_00))
        attempt(
            session,
            "UPDATE quote_versions SET approved_cents = 16000 WHERE id = :id",
            refused="approved_by_somebody",
            id=version.id,
        )

    def test_is_not_vouched_for_by_the_approval_of_another_quote(self, session: Session) -> None:
        house = make_house(session)
        other = live(session, approved(session, house)).approval_id
        version = live(session, draft(session, house, negotiated_total=160_00))
        attempt(
            session,
            "UPDATE quote_versions SET approved_cents = 16000, approval_id = :other WHERE id = :id",
            other=other,
            refused=FOREIGN_KEY,
            id=version.id,
        )

    def test_is_the_only_live_one_of_its_quote(self, session: Session) -> None:
        house = make_house(session)
        quote, _token = sent(session, house)
        revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        attempt(
            session,
            "UPDATE quote_versions SET is_live = true WHERE quote_id = :id",
            refused=UNIQUE,
            id=quote.id,
        )

    def test_does_not_belong_to_another_partner_than_its_quote(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        version = live(session, draft(session, house))
        attempt(
            session,
            "UPDATE quote_versions SET partner_id = :partner WHERE id = :id",
            partner=other.partner.id,
            refused=FOREIGN_KEY,
            id=version.id,
        )

    def test_is_not_sent_without_a_last_day(self, session: Session) -> None:
        version = live(session, sent(session, make_house(session))[0])
        attempt(
            session,
            "UPDATE quote_versions SET expires_on = NULL WHERE id = :id",
            refused="sent_expires",
            id=version.id,
        )

    def test_is_not_voided_without_a_reason(self, session: Session) -> None:
        version = live(session, draft(session, make_house(session)))
        attempt(
            session,
            "UPDATE quote_versions SET state = 'voided' WHERE id = :id",
            refused="void_has_reason",
            id=version.id,
        )


class TestAnApproval:
    @pytest.mark.parametrize(
        ("column", "guard"), [("requested_by_id", "not_by_requester"), ("owner_id", "not_by_owner")]
    )
    def test_is_never_given_by_the_owner_or_who_asked(
        self, session: Session, column: str, guard: str
    ) -> None:
        house = make_house(session)
        approval = pending(session, house)
        approval.requested_by_id = make_user(session, partner_id=house.partner.id).id
        session.flush()
        attempt(
            session,
            "UPDATE approvals SET state = 'approved', decided_at = requested_at, decided_by_id = :person"
            " WHERE id = :id",
            person=getattr(approval, column),
            refused=guard,
            id=approval.id,
        )

    @pytest.mark.parametrize(
        "change", ["state = 'rejected'", "decided_by_id = requested_by_id", "reason = 'x'", "argument = 'x'"]
    )
    def test_stands_once_it_is_given(self, session: Session, change: str) -> None:
        version = live(session, approved(session, make_house(session), negotiated_total=160_00))
        attempt(
            session,
            f"UPDATE approvals SET {change} WHERE id = :id",  # noqa: S608 - a change of the test
            refused="approvals is frozen",
            id=version.approval_id,
        )
        attempt(
            session, "DELETE FROM approvals WHERE id = :id", refused="is kept|foreign", id=version.approval_id
        )

    def test_does_not_lie_about_the_owner(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        attempt(
            session,
            "UPDATE approvals SET owner_id = :other WHERE id = :id",
            other=house.admin.user_id,
            refused=FOREIGN_KEY,
            id=approval.id,
        )

    def test_does_not_belong_to_another_partner(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        approval = pending(session, house)
        attempt(
            session,
            "UPDATE approvals SET partner_id = :partner WHERE id = :id",
            partner=other.partner.id,
            refused=FOREIGN_KEY,
            id=approval.id,
        )

    def test_has_an_author(self, session: Session) -> None:
        approval = pending(session, make_house(session))
        attempt(
            session,
            "UPDATE approvals SET state = 'approved' WHERE id = :id",
            refused="decision_has_author",
            id=approval.id,
        )

    def test_is_refused_with_a_reason_only(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        attempt(
            session,
            "UPDATE approvals SET state = 'rejected', decided_at = requested_at, decided_by_id = :manager"
            " WHERE id = :id",
            manager=house.manager.user_id,
            refused="refusal_has_reason",
            id=approval.id,
        )

    def test_is_asked_for_once_at_a_time(self, session: Session) -> None:
        approval = pending(session, make_house(session))
        attempt(
            session,
            "INSERT INTO approvals (version_id, quote_id, partner_id, owner_id, requested_by_id,"
            " requested_at, argument, state, reason) SELECT version_id, quote_id, partner_id, owner_id,"
            " requested_by_id, requested_at, '', 'pending', '' FROM approvals WHERE id = :id",
            refused=UNIQUE,
            id=approval.id,
        )


class TestTheOwnerOfAVersion:
    def test_is_the_owner_of_its_quote(self, session: Session) -> None:
        house = make_house(session)
        attempt(
            session,
            "UPDATE quote_versions SET owner_id = :other WHERE quote_id = :id",
            other=house.manager.user_id,
            refused=FOREIGN_KEY,
            id=draft(session, house).id,
        )

    def test_changes_with_the_quote(self, session: Session) -> None:
        house = make_house(session)
        quote, _token = sent(session, house)
        colleague = make_user(session, partner_id=house.partner.id)
        quote.owner_id = colleague.id
        session.flush()
        assert live(session, quote).owner_id == colleague.id


class TestEveryColumn:
    def test_that_is_neither_a_state_nor_an_answer_is_frozen(self) -> None:
        free = {
            "id", "is_live", "state", "lock_version", "changed_at", "changed_by_id", "approved_cents",
            "approved_setup_cents", "approval_id", "sent_at", "expires_on", "answered_at", "decline_reason",
            "void_reason", "close_note", "created_at", "created_by_id",
            "owner_id",  # the quote's: follows it by a foreign key
        }  # fmt: skip
        assert {column.name for column in QuoteVersion.__table__.columns} - free == set(FROZEN_COLUMNS)
