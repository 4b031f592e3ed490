"""Making and signing an agreement: who may, what is refused, and what money in between does."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.agreements.models import Agreement
from portal.agreements.operations.breaking import break_agreement
from portal.agreements.operations.offering import make_agreement, withdraw_if_stale
from portal.agreements.operations.signing import take_effect
from portal.agreements.pages.paper import agreement_paper
from portal.agreements.queries.reading import load_agreement
from portal.agreements.rules.states import (
    WITHDRAW_STALE,
    AgreementState,
    FiguresStale,
    NotByOneself,
    NothingToJoin,
    TermsRefused,
)
from portal.contracts.models import Contract
from portal.documents.rules.paper import paper_to_json
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.rules.states import InvoiceState
from portal.receipts.operations.credit import apply_credit
from portal.receipts.rules.receiving import USE_CREDIT, Payer
from portal.settings.rules.late_terms import LateTerms
from portal.settings.rules.names import Name
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import QueuedJob
from portal.shared.refusals import Refusal
from portal.signatures.models import Envelope
from portal.signatures.rules.states import EnvelopeState
from tests.factories.agreements import (
    company,
    debts_of,
    made,
    part_of,
    pay_part,
    reload,
    signed,
    simulated,
    wanted,
)
from tests.factories.overdue import active, invoices_of, nights, paid
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.factories.settings import set_to

TODAY = date(2026, 8, 10)
TENTH, ELEVENTH = at_sao_paulo(TODAY, 10), at_sao_paulo(date(2026, 8, 11), 10)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    """July's invoice, due on 15/07, is not paid."""
    contract = active(session, house)
    nights(session, date(2026, 7, 5), date(2026, 7, 6))
    return contract


def stale_jobs(session: Session) -> int:
    session.flush()
    return len(session.scalars(select(QueuedJob).where(QueuedJob.kind == WITHDRAW_STALE)).all())


def sign(session: Session, agreement: Agreement, now: datetime = ELEVENTH) -> None:
    assert agreement.envelope_id is not None
    take_effect(session, envelope_id=agreement.envelope_id, now=now)


def use_credits(session: Session) -> None:
    """What the queue does after money came in for a part: credit pays the next, as long as there is some."""
    for _part in range(4):
        waiting = select(QueuedJob).filter_by(kind=USE_CREDIT, state="waiting")
        for job in session.scalars(waiting.order_by(QueuedJob.id)).all():
            apply_credit(session, invoice_id=job.subject_id, actor=None, now=ELEVENTH)
            job.state, job.finished_at, job.attempts = "done", ELEVENTH, 1
        session.flush()
        session.expire_all()


class TestWhatACustomerMayDoAlone:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("entry", "parts", "words"),
        [
            (41_12, 3, r"A entrada é de R\$.41,13 ou mais"),
            (90_00, 2, ""),
            (0, 1, "A entrada é de"),
        ],
    )
    def test_is_within_entry_and_parts(
        self, session: Session, house: House, contract: Contract, entry: int, parts: int, words: str
    ) -> None:
        want = wanted(TODAY, entry=entry, parts=parts)
        if words:
            with pytest.raises(NotByOneself, match=words):
                made(session, house.customer.id, TENTH, want)
        else:
            assert made(session, house.customer.id, TENTH, want).state is AgreementState.OFFERED

    @pytest.mark.deep
    def test_is_nothing_more_while_one_runs_or_a_year_after_a_broken_one(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        with pytest.raises(NothingToJoin):
            made(session, house.customer.id, TENTH)
        break_agreement(session, agreement_id=agreement.id, reason="Pedido", actor=house.admin, now=ELEVENTH)
        with pytest.raises(NotByOneself, match="não foi cumprido"):
            made(session, house.customer.id, ELEVENTH, wanted(TODAY, entry=90_00, parts=2))

    def test_is_refused_when_parts_are_too_small(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        with pytest.raises(TermsRefused, match=r"R\$.30,00 ou mais: escolha menos parcelas"):
            simulated(session, house.customer.id, wanted(TODAY, parts=6), today=TODAY)
        with pytest.raises(TermsRefused, match="menor que o total"):
            simulated(session, house.customer.id, wanted(TODAY, entry=205_63), today=TODAY)
        with pytest.raises(TermsRefused, match="de 10/08/2026 a 17/08/2026"):
            simulated(session, house.customer.id, wanted(TODAY, days=8), today=TODAY)


class TestFinance:
    def test_goes_beyond_with_a_reason_and_never_beyond_its_own_limits(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        want = wanted(TODAY, entry=0, parts=4, discount=50)
        with pytest.raises(Refusal, match="por que o acordo vai além"):
            made(session, house.customer.id, TENTH, want, actor=house.admin)
        agreement = made(session, house.customer.id, TENTH, want, actor=house.admin, reason="Cliente há anos")
        assert (agreement.discount_cents, agreement.total_cents) == (2_87, 202_76)  # half of 5,73, half up
        with pytest.raises(TermsRefused, match="até 50 % dos encargos"):
            made(
                session,
                house.customer.id,
                TENTH,
                wanted(TODAY, discount=51),
                actor=house.admin,
                reason="Mais ainda",
            )


class TestBetweenSimulationAndSignature:
    def test_figures_of_another_day_are_shown_again(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        terms = simulated(session, house.customer.id, wanted(TODAY), today=TODAY)
        with pytest.raises(FiguresStale):
            make_agreement(
                session,
                customer_id=house.customer.id,
                invoice_ids=[debt.invoice_id for debt in terms.debts],
                wanted=terms.wanted,
                seen=terms.seen,
                actor=None,
                made_for="ana@x.example",
                now=ELEVENTH,
            )
        assert session.scalars(select(Agreement)).all() == []

    @pytest.mark.deep
    def test_the_figures_of_the_paper_hold_until_the_first_payment(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = made(session, house.customer.id, TENTH)
        sign(session, agreement, at_sao_paulo(date(2026, 8, 13), 20))
        assert reload(session, agreement).total_cents == 205_63

    def test_nobody_signs_after_it(self, session: Session, house: House, contract: Contract) -> None:
        agreement = made(session, house.customer.id, TENTH)
        with pytest.raises(FiguresStale):
            sign(session, agreement, at_sao_paulo(date(2026, 8, 14), 1))

    def test_a_payment_in_part_leaves_nothing_to_sign(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = made(session, house.customer.id, TENTH)
        (invoice,) = invoices_of(session, contract)
        payer = Payer(name=invoice.payer_name, document=invoice.payer_document)
        pay(session, invoice_id=invoice.id, amount_cents=50_00, now=ELEVENTH, payer=payer)
        assert stale_jobs(session) == 1
        with pytest.raises(FiguresStale, match="Nada foi assinado"):
            sign(session, agreement)
        session.expire_all()
        assert invoices_of(session, contract)[0].state is InvoiceState.OPEN
        withdraw_if_stale(session, agreement.id, now=ELEVENTH)
        agreement = reload(session, agreement)
        assert agreement.state is AgreementState.WITHDRAWN
        envelope = session.get_one(Envelope, agreement.envelope_id)
        assert envelope.state is EnvelopeState.CANCELED
        mails = session.scalars(select(MailMessage).where(MailMessage.kind == "signature_canceled")).all()
        assert len(mails) == 1

    @pytest.mark.deep
    def test_what_is_paid_in_full_withdraws_it(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = made(session, house.customer.id, TENTH)
        paid(session, invoices_of(session, contract)[0], ELEVENTH)
        assert stale_jobs(session) == 1
        withdraw_if_stale(session, agreement.id, now=ELEVENTH)
        assert reload(session, agreement).state is AgreementState.WITHDRAWN

    def test_a_newer_simulation_takes_its_place(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        first = made(session, house.customer.id, TENTH)
        second = made(session, house.customer.id, TENTH, wanted(TODAY, entry=90_00, parts=2))
        assert load_agreement(session, first.id).state is AgreementState.WITHDRAWN
        sign(session, second)
        with pytest.raises(FiguresStale):
            sign(session, first)

    @pytest.mark.deep
    def test_money_for_a_held_invoice_pays_the_agreement(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        """199,90 for the old slip: the entry of 41,13, and 158,77 of the parts of 54,84, 54,83 and 54,83."""
        agreement = signed(session, house.customer.id, TENTH)
        (debt,) = debts_of(session, agreement)
        payer = Payer(name=debt.payer_name, document=debt.payer_document)
        payment = pay(session, invoice_id=debt.id, now=ELEVENTH, payer=payer)
        assert payment.outcome.value == "settled"
        assert payment.invoice_id == part_of(session, agreement, 0).id
        use_credits(session)
        parts = [part_of(session, agreement, number) for number in range(4)]
        assert [part.state.value for part in parts] == ["paid", "paid", "paid", "open"]
        assert parts[3].open_cents == 54_83 - (158_77 - 54_84 - 54_83)

    def test_too_little_for_a_held_invoice_is_a_part_of_the_entry(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH)
        (debt,) = debts_of(session, agreement)
        payer = Payer(name=debt.payer_name, document=debt.payer_document)
        pay(session, invoice_id=debt.id, amount_cents=20_00, now=ELEVENTH, payer=payer)
        assert part_of(session, agreement, 0).open_cents == 21_13

    @pytest.mark.deep
    def test_being_late_with_it_costs_what_its_paper_says(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        set_to(session, Name.LATE_FEE_BASIS_POINTS, 150)
        set_to(session, Name.LATE_INTEREST_BASIS_POINTS, 50)
        agreement = made(session, house.customer.id, TENTH)
        paper = paper_to_json(agreement_paper(agreement, company=company()))
        assert "com atraso tem multa de 1,5% e juros de 0,5% ao mês" in str(paper)
        set_to(session, Name.LATE_FEE_BASIS_POINTS, 200)
        set_to(session, Name.LATE_INTEREST_BASIS_POINTS, 100)
        sign(session, agreement)
        parts = [part_of(session, agreement, number) for number in range(4)]
        assert {each.late_terms for each in parts} == {LateTerms(150, 50, charges_first=False)}
        (debt,) = debts_of(session, agreement)
        assert debt.late_terms == LateTerms(200, 100, charges_first=False)

    @pytest.mark.deep
    def test_a_late_part_has_charges_of_its_own(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        """The part of Tuesday 13/10, ten days late: of its 53,30, 1,07 and 0,18."""
        agreement = signed(session, house.customer.id, TENTH)
        pay_part(session, agreement, 0, ELEVENTH)
        due = due_on_day(session, part_of(session, agreement, 2), date(2026, 10, 13) + timedelta(days=10))
        assert (due.face_cents, due.late_fee_cents, due.late_interest_cents) == (54_83, 1_07, 18)
