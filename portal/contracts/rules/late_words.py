"""The marks of a contract's text that stand for what lateness costs and what a payment pays first. Pure."""

import re

from portal.documents.rules.clauses import UnreadableClauses
from portal.settings.rules.late_terms import LateTerms
from portal.shared.brazil import format_rate

FEE, INTEREST, ORDER = "{multa}", "{juros}", "{ordem}"
MARKS = {
    FEE: "a multa por atraso",
    INTEREST: "os juros ao mês",
    ORDER: "o que um pagamento parcial quita primeiro",
}
IN_WORDS = {200: "dois por cento", 100: "um por cento"}
FACE_FIRST = "primeiro o valor da fatura e por último a multa e os juros"
CHARGES_FIRST = "primeiro a multa e os juros e por último o valor da fatura"
_MARK = re.compile(r"\{[^{}\n]*\}")


def filled(clauses: str, terms: LateTerms) -> str:
    """The text as it is printed; one without marks stays as it is."""
    return (
        clauses.replace(FEE, _rate(terms.late_fee_basis_points))
        .replace(INTEREST, _rate(terms.late_interest_basis_points))
        .replace(ORDER, CHARGES_FIRST if terms.charges_first else FACE_FIRST)
    )


def says_order(clauses: str) -> bool:
    """Whether a text says what a payment pays first."""
    return ORDER in clauses


def check_marks(clauses: str) -> None:
    """Refuse what looks like a mark and is none: it would be printed as it stands.

    Raises:
        UnreadableClauses: naming it.
    """
    for mark in _MARK.findall(clauses):
        if mark not in MARKS:
            raise UnreadableClauses(f"Não conhecemos {mark}. Use {', '.join(MARKS)}.")


def _rate(basis_points: int) -> str:
    words = IN_WORDS.get(basis_points)
    return f"{format_rate(basis_points)} ({words})" if words else format_rate(basis_points)
