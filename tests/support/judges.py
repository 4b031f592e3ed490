"""Ask the judges that are not ours (`tests/judges`); `python -m tools.judges` installs them."""

import json
import subprocess
from typing import Any

from tools.judges import FOLDER, install, is_installed


def judge(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    """One answer a question; see `tests/judges/judge.js` for both."""
    if not is_installed():
        install()
    asked = subprocess.run(
        ("node", "judge.js"),
        cwd=FOLDER,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers: list[dict[str, Any]] = json.loads(asked.stdout)
    return answers
