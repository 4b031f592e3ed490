"""The line in a process of its own.

    python -m tools.whatsapp_line --port 8006 --store var/whatsapp.db --hook http://127.0.0.1:8000/webhooks/whatsapp

PORTAL_WHATSAPP_APP_SECRET signs what the portal is told.
It listens to this machine alone. Its page, `/`, shows what was sent, lets a tester answer as a customer and
choose the line's mood.
"""

import argparse
import os
from pathlib import Path

from tools.whatsapp_line.server import open_line


def main() -> None:
    """Run it until it is stopped."""
    parser = argparse.ArgumentParser(prog="whatsapp_line")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--hook", default="", help="where the portal is told")
    options = parser.parse_args()
    secret = os.environ["PORTAL_WHATSAPP_APP_SECRET"]
    with open_line(port=options.port, store=options.store, secret=secret, hook=options.hook) as line:
        line.serve_forever()


if __name__ == "__main__":
    main()
