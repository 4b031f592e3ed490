"""Every process of a run reads the code's bytecode, which the first to need it writes.

The first of the plugins: what is imported after it is read from there.
"""

import os
import sys
from pathlib import Path

from tools.bytecode import keep_bytecode

FOLDER = Path(__file__).parents[2] / ".pytest_cache/bytecode"

if keep_bytecode(os.environ, FOLDER):  # by this process and by those that inherit its environment
    sys.pycache_prefix, sys.dont_write_bytecode = str(FOLDER), False
