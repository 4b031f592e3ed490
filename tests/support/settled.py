"""What the server of forks loads last: all it holds is there to stay.

Its children then share it. Looking through it for garbage, as each does when it begins, would copy it.
"""

import gc

gc.collect()
gc.freeze()
