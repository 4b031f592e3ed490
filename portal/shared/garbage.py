"""When Python looks for garbage in a process that works the queue."""

import gc

# A job holds thousands of rows that are all needed until its step ends: Python by itself would look through
# them again and again for nothing.
THRESHOLDS = (20_000, 20, 20)


def look_seldom() -> None:
    """Leave alone what was loaded so far, and look through what comes less often than by default."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
