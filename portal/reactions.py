"""What comes after what: the business on one page.

Each line is (fact, reaction). Reactions run in the order written here, in the transaction of the
fact; a reaction that fails undoes the fact too. Mail and jobs they ask for leave after commit.
"""

from portal.shared.events import Reaction

REACTIONS: tuple[tuple[type, Reaction], ...] = ()
