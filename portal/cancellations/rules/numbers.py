"""By what customers who left are counted. Pure."""

from typing import NamedTuple

from portal.shared.labels import LabeledEnum


class ChurnBy(LabeledEnum):
    """What a table of churn has a row for."""

    MONTH = "mes", "Mês"
    PLAN = "plano", "Plano"
    PARTNER = "parceiro", "Parceiro"
    COHORT = "safra", "Safra (mês da ativação)"


class ChurnRow(NamedTuple):
    """How many contracts there were, how many were canceled, and what those paid a month, in centavos.

    Of a month, those in force on its first day; of the rest, those in force some time in twelve months.
    """

    name: str
    base: int
    left: int
    lost_cents: int

    @property
    def basis_points(self) -> int:
        """How many of ten thousand left."""
        return self.left * 10_000 // self.base if self.base else 0


class OfferRow(NamedTuple):
    """How often something was offered in cases that are closed, and how many of those customers stayed."""

    name: str
    offered: int
    accepted: int
    stayed: int
