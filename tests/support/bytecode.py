"""Every process of a run reads the code's bytecode, which the first to need it writes."""

import os
import sys

import pytest

from tools.bytecode import keep_bytecode

FOLDER = ".pytest_cache/bytecode"


def pytest_configure(config: pytest.Config) -> None:
    """Have it written by this process and by those that inherit its environment."""
    folder = config.rootpath / FOLDER
    if keep_bytecode(os.environ, folder):
        sys.pycache_prefix, sys.dont_write_bytecode = str(folder), False
