"""What the lists of partners and people are narrowed by."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.brazil import folded
from portal.shared.lists import contains

ACTIVE, INVITED, DISABLED = "ativo", "convidado", "desativado"
MOST_OFFERED = 50  # partners to choose from; where there are more, they are named


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


def partners_named(said: str) -> Select[int]:
    """The partners somebody means, by words of their names or by CNPJ."""
    return select(Partner.id).where(all_words(Partner.search_text, said))


def list_partners_to_choose(session: Session, actor: Actor) -> Sequence[Row[str, str]]:
    """(CNPJ, trade name) of the partners a person sees, to narrow a list by.

    None where there are too many to read, and for a partner's people, who see their own alone.
    """
    if actor.role.of_partner:
        return ()
    partners = (
        select(Partner.document, Partner.trade_name)
        .where(visible_to(actor, Partner.id))
        .order_by(Partner.trade_name, Partner.id)
    )
    found = session.execute(partners.limit(MOST_OFFERED + 1)).all()
    return found if len(found) <= MOST_OFFERED else ()


_PUNCTUATION = str.maketrans("", "", "./-")
