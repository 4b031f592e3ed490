"""Reading one contract with everything its page and its paper show. Foreign rows are missing."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from calculator import METHODS, Breakdown, breakdown_from_json
from portal.contracts.models import Contract, ContractTemplate
from portal.contracts.queries.cards import with_lack_of_card
from portal.contracts.rules.progress import Facts
from portal.contracts.rules.states import IN_FORCE, WAITS, ContractState, contract_label
from portal.customers.models import Customer
from portal.documents.rules.clauses import FIRST_CLAUSES
from portal.documents.rules.paper import FIRST_LAYOUT
from portal.partners.queries.actors import visible_to
from portal.partners.rules import Arrangement
from portal.quotes.models import Quote
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.refusals import Missing

FIRST = 1
UNKNOWN = "Não encontramos este contrato."


def with_everything() -> Select[Contract]:
    """Contracts with version, quote, owner, customer, its partner and signatory, template, lack of a card."""
    customer = joinedload(Contract.customer)
    return select(Contract).options(
        joinedload(Contract.version),
        joinedload(Contract.quote).joinedload(Quote.owner),
        customer.joinedload(Customer.partner),
        customer.joinedload(Customer.signatory),
        joinedload(Contract.template),
        with_lack_of_card(),
    )


def get_contract(session: Session, contract_id: int, *, actor: Actor) -> Contract:
    """A contract with everything (see `with_everything`).

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    contract = session.scalar(
        with_everything().where(Contract.id == contract_id, visible_to(actor, Contract.partner_id))
    )
    if contract is None:
        raise Missing(UNKNOWN)
    return contract


def load_contract(session: Session, contract_id: int) -> Contract:
    """A contract with everything, for reactions and jobs, which nobody asks for.

    Raises:
        Missing: there is none.
    """
    session.flush()
    contract = session.scalar(_read_anew(), {"contract_id": contract_id})
    if contract is None:
        raise Missing(UNKNOWN)
    return contract


@cache
def _read_anew() -> Select[Contract]:
    wanted = Contract.id == bindparam("contract_id", type_=BigInteger)
    return with_everything().where(wanted).execution_options(populate_existing=True)


def lock_contract(session: Session, contract_id: int) -> None:
    """Take the lock under which a contract and its money move; before it, that of its customer's log."""
    customer_id = session.scalar(select(Contract.customer_id).where(Contract.id == contract_id))
    if customer_id is not None:
        audit.lock_stream(session, customer_id=customer_id)
    session.execute(select(Contract.id).where(Contract.id == contract_id).with_for_update(key_share=True))


def find_contract_of_envelope(session: Session, envelope_id: int) -> Contract | None:
    """The contract that an envelope is about, with everything; None for an envelope of something else."""
    return session.scalar(with_everything().where(Contract.envelope_id == envelope_id))


def list_followers(session: Session, contract: Contract, *, actor: Actor) -> Sequence[Contract]:
    """The contracts that change or follow this one, the newest first."""
    return session.scalars(
        select(Contract)
        .where(_follows(Contract, contract.id), visible_to(actor, Contract.partner_id))
        .order_by(Contract.id.desc())
    ).all()


def is_continued(session: Session, contract_id: int) -> bool:
    """Whether another contract of the same customer went on with this one, as an amendment does."""
    follower = select(Contract.id).where(
        Contract.base_contract_id == contract_id, Contract.activated_at.is_not(None)
    )
    return session.scalar(follower.limit(1)) is not None


def list_followers_in_force(session: Session, contract_id: int) -> Sequence[int]:
    """The contracts in force that follow this one, directly or through others, by id."""
    follower = aliased(Contract)
    chain = select(Contract.id).where(_follows(Contract, contract_id)).cte("followers", recursive=True)
    chain = chain.union(
        select(follower.id).join(
            chain, or_(follower.base_contract_id == chain.c.id, follower.taken_over_from_id == chain.c.id)
        )
    )
    return session.scalars(
        select(Contract.id)
        .where(Contract.id.in_(select(chain.c.id)), Contract.state.in_(IN_FORCE))
        .order_by(Contract.id)
    ).all()


def list_family(session: Session, contract: Contract) -> Sequence[int]:
    """The contracts that came before one and all that follow any of them, by id; also itself."""
    known, earlier = aliased(Contract), aliased(Contract)
    before = select(known.id, known.base_contract_id, known.taken_over_from_id).where(known.id == contract.id)
    chain = before.cte("before", recursive=True)
    chain = chain.union(
        select(earlier.id, earlier.base_contract_id, earlier.taken_over_from_id).join(
            chain, or_(earlier.id == chain.c.base_contract_id, earlier.id == chain.c.taken_over_from_id)
        )
    )
    follower = aliased(Contract)
    family = select(chain.c.id).cte("family", recursive=True)
    family = family.union(
        select(follower.id).join(
            family, or_(follower.base_contract_id == family.c.id, follower.taken_over_from_id == family.c.id)
        )
    )
    return session.scalars(select(family.c.id).order_by(family.c.id)).all()


def list_followers_waiting(session: Session, contract_id: int) -> Sequence[Contract]:
    """The contracts that are to follow this one and are not in force yet, by id."""
    return session.scalars(
        select(Contract)
        .where(_follows(Contract, contract_id), Contract.state.in_(WAITS))
        .order_by(Contract.id)
    ).all()


def is_left_alone(session: Session, contract_id: int) -> bool:
    """Whether a contract has ended and none in force follows it."""
    ended = session.scalar(select(Contract.state).where(Contract.id == contract_id)) is ContractState.ENDED
    return ended and not list_followers_in_force(session, contract_id)


def _follows(contract: type[Contract], contract_id: int) -> ColumnElement[bool]:
    return or_(contract.base_contract_id == contract_id, contract.taken_over_from_id == contract_id)


def get_template(session: Session, number: int) -> ContractTemplate:
    """A version of the contract's text, by its number.

    Raises:
        Missing: there is none.
    """
    template = session.scalar(
        select(ContractTemplate)
        .where(ContractTemplate.number == number)
        .options(joinedload(ContractTemplate.created_by))
    )
    if template is None and number == FIRST and find_current_template(session) is None:
        return first_template()
    if template is None:
        raise Missing("Não encontramos este modelo de contrato.")
    return template


def find_current_template(session: Session) -> ContractTemplate | None:
    """The version of the text that new contracts get; None before the first was kept."""
    return session.scalar(select(ContractTemplate).order_by(ContractTemplate.number.desc()).limit(1))


def list_templates(session: Session) -> Sequence[ContractTemplate]:
    """Every version of the contract's text, the newest first; at least the house's own."""
    kept = session.scalars(
        select(ContractTemplate)
        .options(joinedload(ContractTemplate.created_by))
        .order_by(ContractTemplate.number.desc())
    ).all()
    return kept or [first_template()]


def first_template() -> ContractTemplate:
    """The house's own text, which is kept when the first contract is made of it."""
    return ContractTemplate(
        number=FIRST, layout=FIRST_LAYOUT, clauses=FIRST_CLAUSES, note="", created_by=None
    )


def breakdown_of(contract: Contract) -> Breakdown:
    """Every figure of a loaded contract, as frozen in its version; days are those of the quote."""
    return breakdown_from_json(contract.version.breakdown)


def bills_customer(contract: Contract) -> bool:
    """Whether the customer pays the vendor; else (arrangement hiperador) the partner bills its customer."""
    return contract.version.arrangement != Arrangement.HIPERADOR


def payment_methods_of(contract: Contract) -> tuple[str, str]:
    """How a loaded contract's first payment and every later one are made: ("ted", "card")."""
    method = METHODS[contract.version.payment_method]
    return method.first, method.later


def first_charge_of(contract: Contract) -> int:
    """What the customer pays first, in centavos; 0 for an amendment that charges nothing."""
    if contract.amendment_charge_cents is not None:
        return contract.amendment_charge_cents
    return breakdown_of(contract).payments[0].total_cents


def number_followed(contract: Contract) -> str:
    """The number of the contract this one changes, follows or takes over; "" for a first one."""
    followed = contract.base_contract_id or contract.taken_over_from_id
    return contract_label(followed) if followed else ""


def missing_parts_of(customer: Customer) -> list[str]:
    """What the contract needs of a customer (with its signatory loaded) and the registration lacks."""
    missing = []
    if customer.signatory is None:
        missing.append("Falta o responsável: é ele quem assina.")
    address = (
        customer.postal_code,
        customer.street,
        customer.street_number,
        customer.city,
        customer.state,
    )
    if not all(address):
        missing.append("Falta completar o endereço do cliente.")
    return missing


def facts_of(contract: Contract) -> Facts:
    """What of a contract decides what it lacks."""
    return Facts(
        state=contract.state,
        created_at=contract.created_at,
        generation_asked_at=contract.generation_asked_at,
        generated_at=contract.generated_at,
        signed_at=contract.signed_at,
        paid_at=contract.paid_at,
        needs_payment=contract.needs_payment,
        lacks_card=bool(contract.lacks_card),
    )
