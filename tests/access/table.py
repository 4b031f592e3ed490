"""Who may do what, written out: one row a view. A view without a row fails the suite.

`{names}` stand for things of `tests/factories/town.py`, so that the same row asks for one's own thing, for
another partner's and for one that is not there.
"""

from tests.access.reads import READS
from tests.access.writes import WRITES

TABLE = READS | WRITES
