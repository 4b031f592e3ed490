"""How quotes and their parts are called on screens, in mails and in files."""

import re
from collections.abc import Mapping

from portal.partners.rules import Arrangement

_LABEL = re.compile(r"#?0*([0-9]{1,9})(?:-?[A-Za-z])?")

TERM_LABELS: Mapping[str, str] = {"monthly": "Mensal", "semiannual": "Semestral", "annual": "Anual"}


def term_label(code: str) -> str:
    """ "annual" → "Anual"; a term of another price list is called by its code."""
    return TERM_LABELS.get(code, code)


def arrangement_label(code: str) -> str:
    """ "central_cobranca" → "Central de Cobranças"."""
    return Arrangement(code).label if code in Arrangement else code


def alternative_letter(alternative: int) -> str:
    """1 → A, 2 → B."""
    return chr(ord("A") + alternative - 1)


def quote_label(proposal_id: int, alternative: int = 1, *, alternatives: int = 1) -> str:
    """The number people call a quote by: "000123", with several alternatives "000123-B"."""
    number = f"{proposal_id:06d}"
    return f"{number}-{alternative_letter(alternative)}" if alternatives > 1 else number


def parse_quote_label(text: str) -> int | None:
    """The proposal of a number as people type it: "000123-B", "123" → 123; None for anything else."""
    match = _LABEL.fullmatch(text.strip())
    return int(match[1]) if match else None


def margin_basis_points(negotiated_cents: int, cost_cents: int) -> int:
    """What is left of a price above its cost, in hundredths of a percent of it, rounded down."""
    return (negotiated_cents - cost_cents) * 10_000 // negotiated_cents if negotiated_cents else 0
