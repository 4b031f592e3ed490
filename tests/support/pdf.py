"""What poppler, which is not ours, says of a PDF."""

import subprocess
import tempfile
from pathlib import Path

from tools.poppler import MISSING, is_there


def poppler(tool: str, pdf: bytes, *options: str, into: str = "") -> str:
    """What one of poppler's tools writes about a file; fails the test when there is no poppler."""
    assert is_there(), MISSING
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.pdf"
        path.write_bytes(pdf)
        command = [tool, *options, str(path), *([into] if into else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def text_of(pdf: bytes) -> str:
    """All the text of a PDF, its spaces and line ends as one space each."""
    return " ".join(poppler("pdftotext", pdf, "-raw", into="-").split())
