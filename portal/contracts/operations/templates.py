"""The contract's text, version after version."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.contracts.models import ContractTemplate
from portal.contracts.queries.reading import FIRST, find_current_template
from portal.contracts.rules.late_words import check_marks
from portal.contracts.rules.refusals import SameText, UnprintableText
from portal.documents.operations.lettering import unprintable
from portal.documents.rules.clauses import FIRST_CLAUSES, parts_of
from portal.documents.rules.paper import FIRST_LAYOUT
from portal.shared import audit
from portal.shared.auth import Actor, Permission
from portal.shared.refusals import Conflict, Forbidden


class WrittenMeanwhile(Conflict):
    """Somebody else made the next version while this person wrote."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Outra pessoa criou a versão {number} enquanto você escrevia. O seu texto continua aqui: "
            "compare com o dela antes de salvar."
        )


def current_template(session: Session, *, now: datetime) -> ContractTemplate:
    """The version new contracts get. The first one, the house's own text, is kept when it is first needed."""
    template = find_current_template(session)
    if template is None:
        values = {
            "number": FIRST,
            "layout": FIRST_LAYOUT,
            "clauses": FIRST_CLAUSES,
            "note": "",
            "created_at": now,
        }
        first = insert(ContractTemplate).values(**values)
        session.execute(first.on_conflict_do_nothing(index_elements=["number"]))
        template = find_current_template(session)
    assert template is not None  # noqa: S101 - it was inserted, by us or by somebody else
    return template


def _check(text: str) -> None:
    parts_of(text)
    check_marks(text)
    if signs := unprintable(text):
        raise UnprintableText(signs)


def write_template(
    session: Session, *, clauses: str, note: str, based_on: int, actor: Actor, now: datetime
) -> ContractTemplate:
    """The next version of the text, for contracts generated from now on; those that are out keep theirs.

    `based_on` is the number of the version the person started from.

    Raises:
        UnreadableClauses: at `clauses`, naming the line, or a mark that is none.
        UnprintableText: the font lacks a sign of it.
        SameText: nothing changed.
        WrittenMeanwhile: there is a newer version than `based_on`.
    """
    if not actor.can(Permission.MANAGE_CONTRACT_TEMPLATES):
        raise Forbidden
    current = current_template(session, now=now)
    text = clauses.replace("\r\n", "\n").strip()
    _check(text)
    if current.number != based_on:
        raise WrittenMeanwhile(current.number)
    if text == current.clauses.strip():
        raise SameText
    values = {
        "number": current.number + 1,
        "layout": current.layout,
        "clauses": text,
        "note": note.strip(),
        "created_at": now,
        "created_by_id": actor.user_id,
    }
    row = insert(ContractTemplate).values(**values)
    made = session.scalar(
        row.on_conflict_do_nothing(index_elements=["number"]).returning(ContractTemplate.id)
    )
    if made is None:
        raise WrittenMeanwhile(current.number + 1)
    template = session.get_one(ContractTemplate, made)
    summary = f"Modelo de contrato, versão {template.number}, criado."
    audit.record(
        session,
        action="contract_template_written",
        summary=summary,
        subject=template,
        actor=actor,
        now=now,
        reason=template.note,
    )
    return template
