"""Debt agreements for tests: what is owed, simulated, made and signed by the operations themselves."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.agreements.models import Agreement, AgreementDebt, AgreementPart
from portal.agreements.operations.offering import Printing, make_agreement, send_to_sign
from portal.agreements.operations.signing import take_effect
from portal.agreements.pages.paper import agreement_paper
from portal.agreements.queries.debts import limits_of, list_debts
from portal.agreements.queries.reading import load_agreement
from portal.agreements.rules.states import AgreementState
from portal.agreements.rules.terms import Terms, Wanted, terms_of
from portal.config import CompanySettings
from portal.invoices.models import Invoice
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.environment import environment
from portal.signatures.rules.signing import Signer
from tests.factories.invoices import make_invoice
from tests.factories.overdue import paid
from tests.factories.quotes import NOON, House
from tests.factories.signatures import make_envelope

MARIA = "maria@padaria.example"
PDF = b"%PDF-1.7 of a test"


def wanted(today: date, *, entry: int = 41_13, parts: int = 3, discount: int = 0, days: int = 3) -> Wanted:
    """R$ 41,13 in three days, and three parts a month after each other, unless said."""
    return Wanted(discount, entry, parts, today + timedelta(days=days))


def simulated(session: Session, customer_id: int, want: Wanted, *, today: date) -> Terms:
    """All that is overdue, by these terms."""
    debts = list_debts(session, customer_id, today=today)
    return terms_of(debts, want, limits=limits_of(session), today=today)


def made(
    session: Session,
    customer_id: int,
    now: datetime,
    want: Wanted | None = None,
    *,
    actor: Actor | None = None,
    reason: str = "",
) -> Agreement:
    """An agreement over all that is overdue, whose paper waits to be signed."""
    today = day_of(now)
    terms = simulated(session, customer_id, want or wanted(today), today=today)
    agreement = make_agreement(
        session,
        customer_id=customer_id,
        invoice_ids=[debt.invoice_id for debt in terms.debts],
        wanted=terms.wanted,
        seen=terms.seen,
        reason=reason,
        actor=actor,
        made_for="" if actor else MARIA,
        now=now,
    )
    printed(session, agreement.id, now)
    return load_agreement(session, agreement.id)


def printed(session: Session, agreement_id: int, now: datetime) -> None:
    """What the queue does: print and ask for the signature."""
    agreement = load_agreement(session, agreement_id)
    signatory = agreement.customer.signatory
    assert signatory is not None
    signer = Signer(name=signatory.name, cpf=signatory.cpf, email=signatory.email, phone=signatory.phone)
    paper = agreement_paper(agreement, company=company())
    send_to_sign(
        session,
        agreement_id=agreement_id,
        printing=Printing(paper=paper, signer=signer, now=now),
        content=PDF,
        now=now,
    )
    session.flush()


def company() -> CompanySettings:
    return environment().company


def signed(
    session: Session, customer_id: int, now: datetime, want: Wanted | None = None, **more: object
) -> Agreement:
    """As `made`, and signed in the same moment."""
    agreement = made(session, customer_id, now, want, **more)  # type: ignore[arg-type]
    assert agreement.envelope_id is not None
    take_effect(session, envelope_id=agreement.envelope_id, now=now)
    session.flush()
    session.expire_all()
    return load_agreement(session, agreement.id)


def part_of(session: Session, agreement: Agreement, number: int) -> Invoice:
    """The invoice of a part; 0 is the entry."""
    loaded = load_agreement(session, agreement.id)
    return next(part.invoice for part in loaded.parts if part.number == number and part.invoice)


def pay_part(session: Session, agreement: Agreement, number: int, now: datetime) -> None:
    """A Pix over all that is open of a part."""
    paid(session, part_of(session, agreement, number), now)


def reload(session: Session, agreement: Agreement) -> Agreement:
    session.flush()
    session.expire_all()
    return load_agreement(session, agreement.id)


def debts_of(session: Session, agreement: Agreement) -> list[Invoice]:
    """The invoices it holds or held, in order."""
    return [debt.invoice for debt in load_agreement(session, agreement.id).debts]


def agreements_of(session: Session, house: House) -> dict[str, str]:
    """For the town: an agreement of the house's customer that waits for its signature."""
    invoice = make_invoice(session, house=house)
    whose = {"partner_id": house.partner.id, "customer_id": house.customer.id}
    envelope = make_envelope(session, customer=house.customer, signer=signer_of(house))
    agreement = Agreement(
        **whose,
        contract_id=invoice.contract_id,
        state=AgreementState.OFFERED,
        figures_on=day_of(NOON),
        entry_days=5,
        part_days=15,
        face_cents=invoice.amount_cents,
        charges_cents=0,
        discount_cents=0,
        made_at=NOON,
        made_for=house.customer.email,
        envelope_id=envelope.id,
    )
    session.add(agreement)
    session.flush()
    same = whose | {"agreement_id": agreement.id, "contract_id": invoice.contract_id}
    session.add(
        AgreementDebt(
            **same, invoice_id=invoice.id, position=1, face_cents=invoice.amount_cents, charges_cents=0
        )
    )
    session.add(
        AgreementPart(
            **same, number=1, due_on=day_of(NOON), amount_cents=invoice.amount_cents, charges_cents=0
        )
    )
    session.flush()
    return {"agreement": str(agreement.id)}


def signer_of(house: House) -> Signer:
    """Whoever reads the customer's own mail."""
    return Signer(name="Maria Silva", cpf="52998224725", email=house.customer.email)
