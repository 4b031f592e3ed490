"""The quote builder's form: what was typed, read and priced, and the texts the page shows for it."""

from portal.quotes.forms.figures import Figures, figures_of
from portal.quotes.forms.offer import app_rows, plan_cards
from portal.quotes.forms.reading import Ground, Reading, read_quote
from portal.quotes.forms.summary import Verdict
from portal.quotes.forms.typed import MalformedForm, TypedQuote

__all__ = [
    "Figures",
    "Ground",
    "MalformedForm",
    "Reading",
    "TypedQuote",
    "Verdict",
    "app_rows",
    "figures_of",
    "plan_cards",
    "read_quote",
]
