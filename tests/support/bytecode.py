"""Every process of a run reads the code's bytecode, which the first to need it writes.

A run starts dozens of processes; where Python is told to write none (PYTHONDONTWRITEBYTECODE), each of them
would translate some thousand modules again. It is written to a folder of the tests then.
"""

import os
import sys

import pytest

FORBIDDEN = "PYTHONDONTWRITEBYTECODE"
FOLDER = ".pytest_cache/bytecode"


def pytest_configure(config: pytest.Config) -> None:
    """Have it written by this process and by those that inherit its environment."""
    if os.environ.pop(FORBIDDEN, None):
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(config.rootpath / FOLDER)
        sys.dont_write_bytecode = False
