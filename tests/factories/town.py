"""Two resellers with everything in every state, and a person of every kind, to try who may see what.

The names of what belongs to one reseller hold its `WORD`, so that a page shows at once whose rows it holds.
Everything happened on `NOON`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractRequest
from portal.contracts.operations.signing import record_decline
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.operations import check_import
from portal.customers.rules import ImportRow
from portal.invoices.models import Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.overdue.models import AccessKey
from portal.overdue.operations.access import make_key
from portal.partners.models import Partner
from portal.payouts.models import Divergence, RepasseAccrual
from portal.payouts.operations.checking import check_statement
from portal.payouts.operations.reversing import reverse_repasse
from portal.payouts.rules import ReversalCause
from portal.quotes.models import Quote
from portal.quotes.operations.approval import counter_quote
from portal.quotes.operations.drafting import revise_quote
from portal.receipts.models.payment import Payment
from portal.shared import tokens
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.shared.queue import Lane, QueuedJob
from portal.shared.tokens import LinkToken, Purpose, hash_secret
from portal.tasks.models import Task
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind
from portal.users.models import Passkey, User, UserSession
from tests.factories.agreements import agreements_of
from tests.factories.cancellations import cancellations_of
from tests.factories.cards import cards_of
from tests.factories.contracts import make_contract
from tests.factories.customers import customer_details, make_customer
from tests.factories.documents import make_file
from tests.factories.invoices import make_invoice
from tests.factories.money import money_of
from tests.factories.overdue import suspended_of
from tests.factories.partners import a_cnpj, make_partner
from tests.factories.payouts import close_month, lots_of, make_finance
from tests.factories.quotes import NOON, House, approved, draft, live, pending, publish_demo_list, sent
from tests.factories.signatures import agree, link_to, make_envelope
from tests.factories.subscribers import area_of
from tests.factories.tax_notes import tax_notes_of
from tests.factories.users import actor_of, make_user

SUL, NORTE = "sul", "norte"
WORDS = {SUL: "Girassol", NORTE: "Borboleta"}
FORMER_WORDS = {SUL: "Margarida", NORTE: "Violeta"}
LONG = timedelta(days=36_500)

type Things = dict[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a browser: `session_token` is in its cookie, `other_session` is another device's.

    `passkey` names one of theirs, which the portal does not ask them for.
    """

    user_id: int
    session_token: str
    other_session: int
    passkey: int
    email: str
    sees: frozenset[str]


@dataclass(frozen=True, slots=True)
class Town:
    """What stands in the database, as ids and secrets: things of each side by name, people by name."""

    things: dict[str, Things]
    people: dict[str, Person]


def build_town(session: Session) -> Town:
    """Fill an empty database."""
    list_id = publish_demo_list(session)
    admin = make_user(session, role=Role.ADMIN, name="Davi Reis")
    make_user(session, role=Role.ADMIN, name="Débora Reis")
    session.add(
        QueuedJob(
            kind="tests", lane=Lane.PAPER, subject_id=1, state="done", next_attempt_at=NOON, enqueued_at=NOON
        )
    )
    houses = {side: _house(session, word, list_id=list_id, admin=admin) for side, word in WORDS.items()}
    people = {
        "seller": _person(session, SUL, user=session.get_one(User, houses[SUL].seller.user_id)),
        "partner_admin": _person(session, SUL, role=Role.PARTNER_ADMIN, partner=houses[SUL].partner),
        "manager": _person(session, SUL, user=houses[SUL].manager_user),
        "other_manager": _person(session, NORTE, user=houses[NORTE].manager_user),
        "finance": _person(session, SUL, NORTE, role=Role.FINANCE),
        "support": _person(session, SUL, NORTE, role=Role.SUPPORT),
        "admin": _person(session, SUL, NORTE, user=admin),
        "disabled": _person(session, role=Role.SELLER, partner=houses[SUL].partner, disabled=True),
        "of_disabled_partner": _person(
            session, role=Role.SELLER, partner=make_partner(session, trade_name="Leste", disabled_at=NOON)
        ),
    }
    things = {
        side: _things(session, side, house, _former_contract(session, side, list_id=list_id, admin=admin))
        for side, house in houses.items()
    }
    return Town(things, people)


def _house(session: Session, word: str, *, list_id: int, admin: User) -> House:
    manager = make_user(session, role=Role.ACCOUNT_MANAGER, name=f"Ana de {word}")
    partner = make_partner(session, account_manager=manager, trade_name=f"Revenda {word}", tier="prata")
    partner.email = f"contato@{word.lower()}.example"
    seller = make_user(
        session, partner_id=partner.id, name=f"Bruno {word}", email=f"bruno@{word.lower()}.example"
    )
    customer = make_customer(
        session,
        partner_id=partner.id,
        name=f"Padaria {word} Ltda",
        trade_name=f"Padaria {word}",
        email=f"padaria@{word.lower()}.example",
    )
    return House(
        partner=partner,
        customer=customer,
        list_id=list_id,
        seller=actor_of(seller),
        manager=actor_of(manager),
        substitute=actor_of(manager),
        admin=actor_of(admin),
        manager_user=manager,
    )


def _former_contract(session: Session, side: str, *, list_id: int, admin: User) -> Contract:
    """What a customer had with a partner it left, which nobody of either side may see."""
    house = _house(session, FORMER_WORDS[side], list_id=list_id, admin=admin)
    return make_contract(session, house, state=ContractState.ACTIVE)


def _things(session: Session, side: str, house: House, former: Contract) -> Things:
    word = WORDS[side]
    quote_sent, token = sent(session, house, terms=("annual",))
    quotes = {
        "draft": draft(session, house),
        "dear_draft": draft(session, house, negotiated_total=160_00),
        "approved": approved(session, house),
        "revised": _revised(session, house),
        "countered": _countered(session, house),
        "sent": quote_sent,
    }
    approval, invoice = pending(session, house), make_invoice(session, house=house)
    return {
        **{name: str(quote.id) for name, quote in quotes.items()},
        "draft_lock": str(live(session, quotes["draft"]).lock_version),
        "pending": str(approval.quote_id),
        "approval": str(approval.id),
        "partner": str(house.partner.id),
        "partner_lock": str(house.partner.lock_version),
        "customer": str(house.customer.id),
        "customer_lock": str(house.customer.lock_version),
        "secret": token.secret(),
        "import": str(_import(session, word, house)),
        "list": str(house.list_id),
        "file": str(make_file(session, customer=house.customer, title=f"Contrato {word}").id),
        "signing": _signing(session, word, house),
        "invoice": str(invoice.id),
        "word": word,
        **area_of(session, word, house, is_in=side == SUL),
        **money_of(session, word, house),
        **cards_of(session, house, make_invoice(session, house=house), valid_for=LONG),
        **(contracts := _contracts(session, house, former)),
        **tax_notes_of(session, paid_id=int(contracts["paid_invoice"]), open_id=invoice.id),
        **suspended_of(session, word, house),
        **agreements_of(session, house),
        **_team(session, word, house.partner),
    }


def _contracts(session: Session, house: House, former: Contract) -> Things:
    """A contract in the states that pages and buttons are for, and a customer that comes from elsewhere."""
    change = ContractRequest(
        partner_id=house.partner.id,
        customer_id=house.customer.id,
        kind=ContractKind.PARTNER_CHANGE,
        taken_over_from_id=former.id,
        created_at=NOON,
        created_by_id=house.admin.user_id,
    )
    session.add(change)
    declined = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
    record_decline(session, envelope_id=declined.envelope_id or 0, reason="Mudamos de ideia", now=NOON)
    active = make_contract(session, house, state=ContractState.ACTIVE)
    paid = session.scalars(select(Invoice).where(Invoice.contract_id == active.id)).one()
    receipt = tokens.issue(session, purpose=Purpose.INVOICE, subject_id=paid.id, now=NOON, valid_for=LONG)
    note = issue_credit_note(
        session,
        invoice_id=paid.id,
        amount_cents=10_00,
        reason="Desconto prometido",
        seen_cents=0,
        actor=house.admin,
        now=NOON,
    )
    return {
        "credit_note": str(note.id),
        "contract_draft": str(make_contract(session, house).id),
        "contract_waiting": str(make_contract(session, house, state=ContractState.AWAITING_SIGNATURE).id),
        "contract_declined": str(declined.id),
        "contract_active": str(active.id),
        "change": str(change.id),
        "paid_invoice": str(paid.id),
        "receipt": receipt.secret(),
        "former_partner": str(former.partner_id),
        **_repasse(session, active, seller=house.seller),
        **cancellations_of(session, house),
        "task": str(_task(session, house).id),
        "access_key": str(_access_key(session, house).id),
    }


def _access_key(session: Session, house: House) -> AccessKey:
    key, _secret = make_key(
        session, plan="gestao", plan_name="Hiper Gestão", name="Servidor", actor=house.admin, now=NOON
    )
    return key


def _task(session: Session, house: House) -> Task:
    """A task about a customer that is somebody's, so that people of other teams see it too."""
    return open_task(
        session,
        key=f"town:{house.customer.id}",
        kind=TaskKind.OTHER,
        team=Role.SUPPORT,
        title="Ligar para o cliente",
        subject=house.customer,
        due_at=NOON,
        now=NOON,
    )


def _repasse(session: Session, contract: Contract, *, seller: Actor) -> Things:
    """The share of a paid invoice in the lot of its month, and a part of it that was taken back since."""
    accrual = session.scalars(select(RepasseAccrual).where(RepasseAccrual.contract_id == contract.id)).one()
    reversal = reverse_repasse(
        session,
        invoice_id=accrual.invoice_id,
        cents=1_00,
        cause=ReversalCause.DISPUTE,
        cause_key="dispute:1",
        reason="Contestado no banco",
        actor=None,
        now=at_sao_paulo(date(2026, 7, 1), 9),
    )[0]
    close_month(session, date(2026, 6, 1), actor=make_finance(session))
    (lot,) = lots_of(session, contract.partner_id)
    check_statement(
        session,
        payout=lot,
        file_name="lista.csv",
        cents_by_invoice={999_999_999: 1_00},
        actor=seller,
        now=at_sao_paulo(date(2026, 7, 4), 9),
    )
    divergence = session.scalars(
        select(Divergence).where(Divergence.payout_id == lot.id).order_by(Divergence.id)
    ).first()
    payment = session.scalars(select(Payment).where(Payment.invoice_id == accrual.invoice_id)).one()
    return {
        "payment": str(payment.id),
        "payer": payment.payer_document or session.get_one(Invoice, accrual.invoice_id).payer_document,
        "divergence": str(divergence.id if divergence else 0),
        "payout": str(lot.id),
        "accrual": str(accrual.id),
        "reversal": str(reversal.id),
    }


def _revised(session: Session, house: House) -> Quote:
    quote, _token = sent(session, house)
    revise_quote(session, quote=quote, actor=house.seller, now=NOON)
    return quote


def _countered(session: Session, house: House) -> Quote:
    approval = pending(session, house)
    counter_quote(
        session, approval=approval, counter_cents=170_00, reason="Até aqui", actor=house.manager, now=NOON
    )
    return session.get_one(Quote, approval.quote_id)


def _signing(session: Session, word: str, house: House) -> str:
    """The secret of a link behind which a contract waits for its code."""
    envelope = make_envelope(session, customer=house.customer, title=f"Contrato a assinar {word}")
    token = link_to(session, envelope)
    agree(session, token)
    envelope.expires_at = token.expires_at = NOON + LONG
    return token.secret()


def _import(session: Session, word: str, house: House) -> int:
    row = customer_details(name=f"Mercado {word}", document=a_cnpj(80_000_000 + house.partner.id))
    checked = check_import(
        session,
        partner_id=house.partner.id,
        file_name=f"{word.lower()}.csv",
        rows=[ImportRow(2, row)],
        problems=[],
        actor=house.seller,
        now=NOON,
    )
    return checked.id


def _team(session: Session, word: str, partner: Partner) -> Things:
    """More people of a reseller, in each situation, and the secrets of their links."""

    def colleague(name: str, **values: object) -> User:
        email = f"{name.lower()}@{word.lower()}.example"
        return make_user(session, partner_id=partner.id, name=f"{name} {word}", email=email, **values)  # type: ignore[arg-type]

    member = colleague("Celso")
    invited = colleague("Iris", password=None)
    gone = colleague("Gil", disabled_at=NOON)
    return {
        "member": str(member.id),
        "email": member.email,
        "invited": str(invited.id),
        "gone": str(gone.id),
        "invitation": _link(session, Purpose.INVITATION, invited).secret(),
        "reset": _link(session, Purpose.PASSWORD_RESET, member).secret(),
        "member_passkey": str(_passkey(session, member)),
        "member_session": str(_session(session, member, f"token of {member.email}")),
    }


def _link(session: Session, purpose: Purpose, user: User) -> LinkToken:
    return tokens.issue(session, purpose=purpose, subject_id=user.id, now=NOON, valid_for=LONG)


def _person(
    session: Session,
    *sees: str,
    user: User | None = None,
    role: Role = Role.SELLER,
    partner: Partner | None = None,
    disabled: bool = False,
) -> Person:
    user = user or make_user(
        session,
        role=role,
        partner_id=partner.id if partner else None,
        name="Eva Prado",
        disabled_at=NOON if disabled else None,
    )
    token = f"session token of {user.email}"
    _session(session, user, token)
    other = _session(session, user, f"other {token}")
    return Person(user.id, token, other, _passkey(session, user), user.email, frozenset(sees))


def _passkey(session: Session, user: User) -> int:
    row = Passkey(
        user_id=user.id,
        credential_id=f"key-of-{user.id}",
        public_key="",
        sign_count=0,
        name="Celular",
        created_at=NOON,
    )
    session.add(row)
    session.flush()
    return row.id


def _session(session: Session, user: User, token: str) -> int:
    row = UserSession(
        token_hash=hash_secret(token),
        user_id=user.id,
        created_at=NOON,
        expires_at=NOON + LONG,
        confirmed_at=NOON,
        device="Firefox",
    )
    session.add(row)
    session.flush()
    return row.id
