"""Bytecode where Python is told to write none."""

import subprocess
import sys
from pathlib import Path

from tools.bytecode import FORBIDDEN, keep_bytecode

IMPORT = (sys.executable, "-c", "import tools.bytecode")
PATH = {"PYTHONPATH": str(Path(__file__).parents[2])}


class TestBytecode:
    def test_is_kept_in_a_folder_where_it_is_forbidden_elsewhere(self, tmp_path: Path) -> None:
        environment = PATH | {FORBIDDEN: "1"}
        subprocess.run(IMPORT, env=environment, check=True)
        assert not list(tmp_path.rglob("bytecode.*.pyc"))
        assert keep_bytecode(environment, tmp_path)
        subprocess.run(IMPORT, env=environment, check=True)
        assert list(tmp_path.rglob("bytecode.*.pyc"))

    def test_stays_where_python_keeps_it_by_itself(self, tmp_path: Path) -> None:
        environment = dict(PATH)
        assert not keep_bytecode(environment, tmp_path)
        assert environment == PATH
