"""From a draft to a document that waits for its signature.

`generate_contract` is the click: it fixes what the document says and enqueues its printing. The job
prints outside of any transaction; `issue_contract` keeps the file, asks for the signature and tells the
others, all in one.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.config import CompanySettings
from portal.contracts import notifications
from portal.contracts.events import ContractGenerated, SignatoryReplaced
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract, locked_with_envelope, require_writer
from portal.contracts.operations.log import log_event
from portal.contracts.operations.templates import current_template
from portal.contracts.pages.paper import contract_paper
from portal.contracts.pages.payments import bill_in_words
from portal.contracts.queries.reading import (
    is_continued,
    load_contract,
    missing_parts_of,
    number_followed,
)
from portal.contracts.queries.requests import change_of, first_days_of
from portal.contracts.rules.changes import AmendmentTerms
from portal.contracts.rules.late_words import filled, says_order
from portal.contracts.rules.refusals import ChangedMeanwhile, IncompleteRegistration
from portal.contracts.rules.states import RENDER_CONTRACT, ContractState, require_state, require_transition
from portal.customers import operations as customers
from portal.customers.queries import reading as customer_queries
from portal.customers.rules import CustomerDetails, SignatoryDetails
from portal.documents.operations.storing import store_printed
from portal.documents.rules.paper import Paper
from portal.quotes.operations.answering import mark_contracted
from portal.settings.queries import late_terms
from portal.settings.rules.late_terms import LateTerms
from portal.shared import queue
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.signatures.operations.asking import cancel_envelope, open_envelope
from portal.signatures.rules.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """What is to be printed, for whom to sign, as it was when the job began. `asked_at` names the click.

    `terms` are an amendment's, as the paper tells them.
    """

    paper: Paper
    terms: AmendmentTerms | None
    layout: str
    signer: Signer
    asked_at: datetime
    now: datetime


def generate_contract(session: Session, *, contract: Contract, actor: Actor, now: datetime) -> Contract:
    """Fix the version of the text, and have the document printed. Two clicks are one.

    Raises:
        IncompleteRegistration: no signatory or no whole address.
        NotPossibleNow: it was generated already, or was dropped.
        ChangedMeanwhile: another change of the same contract took effect before it.
    """
    require_writer(actor)
    contract = locked_contract(session, contract.id)
    if contract.is_being_generated:
        return contract
    require_transition(contract.state, ContractState.AWAITING_SIGNATURE)
    if contract.base_contract_id and is_continued(session, contract.base_contract_id):
        raise ChangedMeanwhile(number_followed(contract))
    if missing := missing_parts_of(contract.customer):
        raise IncompleteRegistration(missing)
    template = current_template(session, now=now)
    contract.template_id = template.id
    _agree(contract, late_terms(session), template.clauses)
    _ask_to_print(session, contract, actor=actor, now=now)
    log_event(session, contract, "contract_asked", "Geração do contrato {label} pedida", actor=actor, now=now)
    return contract


def _agree(contract: Contract, terms: LateTerms, clauses: str) -> None:
    """What lateness costs from now on; charges come first only where the paper says so."""
    contract.late_fee_basis_points = terms.late_fee_basis_points
    contract.late_interest_basis_points = terms.late_interest_basis_points
    contract.charges_first = terms.charges_first and says_order(clauses)


def replace_signatory(
    session: Session, *, contract: Contract, signatory: SignatoryDetails, actor: Actor, now: datetime
) -> Contract:
    """Another person signs: the customer's signatory is changed, and a new document names and asks that one.

    The former link leads nowhere from now on.

    Raises:
        BeingSealed: the former one signed a moment ago.
        NotPossibleNow: it does not wait for a signature.
    """
    require_writer(actor)
    contract, envelope = locked_with_envelope(session, contract)
    if contract.is_being_generated and _details(session, contract, actor=actor).signatory == signatory:
        return contract  # pressed twice
    require_state(contract.state, ContractState.AWAITING_SIGNATURE)
    if envelope is not None:
        cancel_envelope(session, envelope=envelope, reason="Outra pessoa vai assinar.", actor=actor, now=now)
    customer = customer_queries.get_customer(session, contract.customer_id, actor=actor)
    details = customer_queries.details_of(customer)
    customers.change_customer(
        session,
        customer=customer,
        lock_version=customer.lock_version,
        details=replace(details, signatory=signatory),
        actor=actor,
        now=now,
    )
    _ask_to_print(session, contract, actor=actor, now=now)
    summary = "Contrato {label}: o responsável pela assinatura foi trocado"
    log_event(session, contract, "contract_signatory_replaced", summary, actor=actor, now=now)
    return contract


def _details(session: Session, contract: Contract, *, actor: Actor) -> CustomerDetails:
    return customer_queries.details_of(
        customer_queries.get_customer(session, contract.customer_id, actor=actor)
    )


def prepare_printing(
    session: Session, *, contract_id: int, company: CompanySettings, now: datetime
) -> Printing | None:
    """What the document says; None when it is there already, or no longer wanted."""
    contract = load_contract(session, contract_id)
    if not contract.is_being_generated or contract.template is None:
        return None
    signatory, asked_at = contract.customer.signatory, contract.generation_asked_at
    if signatory is None or asked_at is None:
        _give_back(session, contract, now=now)
        return None
    today = day_of(now)
    change = change_of(session, contract, today=today)
    return Printing(
        paper=contract_paper(
            contract,
            clauses=filled(contract.template.clauses, contract.late_terms),
            company=company,
            follows=number_followed(contract),
            change=change,
            first_days=first_days_of(contract.version, kind=contract.kind, today=today),
            bill=bill_in_words(session, contract, change, today=today),
        ),
        terms=change.terms if change else None,
        layout=contract.template.layout,
        signer=Signer(name=signatory.name, cpf=signatory.cpf, email=signatory.email, phone=signatory.phone),
        asked_at=asked_at,
        now=now,
    )


def issue_contract(
    session: Session, *, contract_id: int, printing: Printing, content: bytes, now: datetime
) -> None:
    """Keep the printed document and ask for its signature; nothing, when it is no longer wanted."""
    contract, former = locked_with_envelope(session, load_contract(session, contract_id))
    if not contract.is_being_generated or contract.generation_asked_at != printing.asked_at:
        return
    is_first = contract.state is ContractState.DRAFT
    title = f"Contrato {contract.label}"
    file = store_printed(
        session,
        contract,
        title=title,
        content=content,
        reading=printing.paper,
        layout=printing.layout,
        now=now,
    )
    if former is not None:
        cancel_envelope(session, envelope=former, reason="Há um documento novo.", actor=None, now=now)
    envelope = open_envelope(
        session,
        file=file,
        title=file.title,
        signer=printing.signer,
        partner=contract.customer.partner,
        actor=None,
        now=now,
    )
    contract.file_id, contract.envelope_id, contract.generated_at = file.id, envelope.id, now
    contract.state = ContractState.AWAITING_SIGNATURE
    _keep_terms(contract, printing.terms, now=now)
    summary = "Contrato {label} gerado e enviado para assinatura"
    log_event(session, contract, "contract_generated", summary, actor=None, now=now, file_id=file.id)
    if is_first:
        mark_contracted(session, quote=contract.quote, now=now)
    fact = ContractGenerated if is_first else SignatoryReplaced
    publish(session, fact(contract_id=contract.id, at=now))


def _ask_to_print(session: Session, contract: Contract, *, actor: Actor, now: datetime) -> None:
    contract.generation_asked_at, contract.generation_asked_by_id = now, actor.user_id
    session.flush()
    queue.enqueue(session, RENDER_CONTRACT, subject_id=contract.id, now=now)


def _keep_terms(contract: Contract, terms: AmendmentTerms | None, *, now: datetime) -> None:
    """An amendment charges what its first document said, also when a later one names another signatory."""
    if terms is not None and contract.terms_on is None:
        contract.terms_on = day_of(now)
        contract.amendment_charge_cents = terms.charge_cents
        contract.applies_on = terms.difference.applies_on
        contract.covers_until = terms.covers_until


def _give_back(session: Session, contract: Contract, *, now: datetime) -> None:
    """Somebody removed the signatory while the document was on its way: it is to be asked for again."""
    contract.generation_asked_at = contract.generation_asked_by_id = None
    summary = "Contrato {label} não gerado: o cadastro ficou sem responsável"
    log_event(session, contract, "contract_not_generated", summary, actor=None, now=now)
    notifications.generation_failed(session, contract=contract, now=now)
