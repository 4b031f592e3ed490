"""Templates compiled once, kept where Python keeps bytecode: else each process compiles each page again."""

import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class KeptTemplates(FileSystemBytecodeCache):
    """A disk that is full or broken costs time, not the page."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def init_app(app: Flask) -> None:
    """Keep them in `templates/__pycache__`, or under PYTHONPYCACHEPREFIX; nowhere if it cannot be written."""
    if sys.dont_write_bytecode:
        return
    folder = Path(cache_from_source(f"{app.root_path}/{app.template_folder}/any.py")).parent
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if folder.is_dir() and os.access(folder, os.W_OK):
        app.jinja_env.bytecode_cache = KeptTemplates(str(folder))
