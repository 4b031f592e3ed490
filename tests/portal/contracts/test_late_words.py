"""The contract's text says late fee, interest and the order of a payment by marks, since migration 0600."""

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select, text

from portal.contracts.models import ContractTemplate
from portal.contracts.rules.late_words import filled, says_order
from portal.documents.rules.clauses import FIRST_CLAUSES
from portal.settings.rules.late_terms import LateTerms
from portal.shared.database_cli import alembic_config
from portal.shared.db import db
from tests.support.application import Transaction
from tests.support.databases import Database

SAID = (
    "Sobre o valor pago em atraso incidem multa de 2% (dois por cento) e juros de mora de 1% (um por cento) "
    "ao mês, contados por dia, demonstrados em separado."
)
BEFORE = f"# Atraso\n{SAID}\nO atraso superior a 15 (quinze) dias permite a suspensão do serviço."
KEEP = text(
    "INSERT INTO contract_templates (number, layout, clauses, note, created_at)"
    " VALUES (:number, 'contract_1', :clauses, '', now())"
)


def test_say_what_was_agreed() -> None:
    usual = filled(FIRST_CLAUSES, LateTerms(200, 100, charges_first=False))
    assert SAID in usual
    order = "quita, nesta ordem, primeiro o valor da fatura e por último a multa e os juros. O restante"
    assert order in usual
    assert "{" not in usual
    other = filled(FIRST_CLAUSES, LateTerms(150, 33, charges_first=True))
    assert "multa de 1,5% e juros de mora de 0,33% ao mês" in other
    assert "nesta ordem, primeiro a multa e os juros e por último o valor da fatura." in other


def next_of(app: Flask, transaction: Transaction, database: Database, *kept: str) -> list[str]:
    """All versions after an upgrade of a database that had these."""
    with app.app_context():
        db.engine.dispose()
    command.downgrade(alembic_config(database.url), "0570")
    with transaction() as session:
        for number, clauses in enumerate(kept, 1):
            session.execute(KEEP, {"number": number, "clauses": clauses})
    with app.app_context():
        db.engine.dispose()
    command.upgrade(alembic_config(database.url), "head")
    with transaction() as session:
        return list(session.scalars(select(ContractTemplate.clauses).order_by(ContractTemplate.number)))


@pytest.mark.deep
def test_come_with_a_next_version_of_a_text_in_use(
    app: Flask, transaction: Transaction, database: Database
) -> None:
    first, second = next_of(app, transaction, database, BEFORE)
    assert first == BEFORE
    assert filled(second, LateTerms(200, 100, charges_first=False)).startswith(f"# Atraso\n{SAID}\n")
    assert says_order(second)
    assert second.endswith("O atraso superior a 15 (quinze) dias permite a suspensão do serviço.")


@pytest.mark.deep
def test_leave_a_text_of_ones_own_alone(app: Flask, transaction: Transaction, database: Database) -> None:
    own = "# Atraso\nMulta de 2%."
    assert next_of(app, transaction, database, BEFORE, own) == [BEFORE, own]
