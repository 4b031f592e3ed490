"""Loading customers from a file: checked first, then all of them or none."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.customers.models import CustomerImport
from portal.customers.operations.registration import REGISTERED, REGISTERED_SUMMARY, build_customer
from portal.customers.queries import reading as queries
from portal.customers.rules import (
    ContactDetails,
    CustomerDetails,
    ImportRow,
    NothingLoaded,
    RowProblem,
    SignatoryDetails,
    repeated_documents,
)
from portal.shared import audit
from portal.shared.auth import Actor

ALREADY_LOADED = "Esta importação já foi carregada."
HAS_PROBLEMS = "Esta importação tem problemas: corrija o arquivo e envie de novo. Nada foi carregado."
CHANGED_MEANWHILE = (
    "Algum cliente deste arquivo foi cadastrado depois da conferência. "
    "Nada foi carregado: envie o arquivo de novo."
)


def check_import(
    session: Session,
    *,
    partner_id: int,
    file_name: str,
    rows: Sequence[ImportRow],
    problems: Iterable[RowProblem],
    actor: Actor,
    now: datetime,
) -> CustomerImport:
    """The dry run: keep what was uploaded with every problem it has, so that it can be loaded later.

    `problems` are those of the file itself; documents that stand twice in it or are registered
    already are added here. Earlier uploads of the same person that were never loaded are forgotten.
    """
    session.execute(
        delete(CustomerImport).where(
            CustomerImport.uploaded_by_id == actor.user_id, CustomerImport.loaded_at.is_(None)
        )
    )
    known = queries.names_by_document(
        session, partner_id=partner_id, documents={row.details.document for row in rows}
    )
    found = sorted([*problems, *repeated_documents(rows, known)], key=lambda problem: problem.line)
    checked = CustomerImport(
        partner_id=partner_id,
        uploaded_by_id=actor.user_id,
        file_name=file_name,
        row_count=len(rows),
        rows=[] if found else [asdict(row.details) for row in rows],
        problems=[asdict(problem) for problem in found],
        created_at=now,
    )
    session.add(checked)
    session.flush()
    return checked


def load_import(session: Session, *, checked: CustomerImport, actor: Actor, now: datetime) -> int:
    """Register every customer of a checked upload, once; how many.

    Raises:
        NothingLoaded: it has problems, was loaded already, or one of its documents was registered
            in the meantime.
    """
    if checked.problems:
        raise NothingLoaded(HAS_PROBLEMS)
    rows = [_details(row) for row in checked.rows]
    claimed = session.execute(
        update(CustomerImport)
        .where(CustomerImport.id == checked.id, CustomerImport.loaded_at.is_(None))
        .values(loaded_at=now, rows=[])
        .returning(CustomerImport.id)
        .execution_options(synchronize_session=False)
    ).first()
    if claimed is None:
        raise NothingLoaded(ALREADY_LOADED)
    customers = [build_customer(partner_id=checked.partner_id, details=row, now=now) for row in rows]
    try:
        with session.begin_nested():
            session.add_all(customers)
    except IntegrityError:
        raise NothingLoaded(CHANGED_MEANWHILE) from None
    audit.record_new_customers(
        session, customers, action=REGISTERED, summary=REGISTERED_SUMMARY, actor=actor, now=now
    )
    session.expire(checked)
    return len(customers)


def _details(row: dict[str, Any]) -> CustomerDetails:
    contacts = tuple(ContactDetails(**contact) for contact in row["contacts"])
    signatory = SignatoryDetails(**row["signatory"]) if row["signatory"] else None
    return CustomerDetails(**row | {"contacts": contacts, "signatory": signatory})
