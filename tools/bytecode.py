"""Bytecode of the code that several processes run, for where Python is told to write none.

Each of them would translate some thousand modules again, which takes longer than what most of them do.
"""

from collections.abc import MutableMapping
from pathlib import Path

FORBIDDEN = "PYTHONDONTWRITEBYTECODE"


def keep_bytecode(environment: MutableMapping[str, str], folder: Path) -> bool:
    """Have processes with this environment keep it in a folder of ours; False where they keep it anyway."""
    if not environment.pop(FORBIDDEN, None):
        return False
    environment["PYTHONPYCACHEPREFIX"] = str(folder)
    return True
