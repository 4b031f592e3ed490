"""From when on a note carries the group of IBS and CBS. Pure."""

from datetime import date

from portal.config import TaxRegime

SINCE = {
    TaxRegime.NORMAL: date(2026, 8, 3),
    TaxRegime.SIMPLES: date(2027, 1, 1),
    TaxRegime.MEI: date(2027, 1, 1),
}
"""Ato Conjunto RFB/CGIBS 4/2026: validated since then for the regular regime; Simples is spared in 2026."""


def has_ibs_cbs(regime: TaxRegime, *, competence_on: date) -> bool:
    """Whether the group is sent with a note of a day."""
    return competence_on >= SINCE[regime]
