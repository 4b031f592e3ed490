"""What the lists of partners and people are narrowed by."""

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from portal.shared.brazil import folded
from portal.shared.lists import contains

ACTIVE, INVITED, DISABLED = "ativo", "convidado", "desativado"


def all_words(column: InstrumentedAttribute[str], search: str) -> ColumnElement[bool]:
    """Whether each word of a search stands in the column, or a document typed with punctuation does."""
    words = folded(search).split()
    return and_(
        true(),
        *(
            or_(contains(column, word), contains(column, word.translate(_PUNCTUATION) or word))
            for word in words
        ),
    )


_PUNCTUATION = str.maketrans("", "", "./-")
