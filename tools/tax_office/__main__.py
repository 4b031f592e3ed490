"""The tax office in a process of its own.

    python -m tools.tax_office --port 8005 --store var/tax_office.db [--from-scratch]

It listens to this machine alone. Its page, `/`, shows what it issued and lets a tester choose its mood.
"""

import argparse
from pathlib import Path

from tools.tax_office.server import open_office


def main() -> None:
    """Run it until it is stopped."""
    parser = argparse.ArgumentParser(prog="tax_office")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--from-scratch", action="store_true")
    options = parser.parse_args()
    if options.from_scratch:
        options.store.unlink(missing_ok=True)
    with open_office(port=options.port, store=options.store) as office:
        office.serve_forever()


if __name__ == "__main__":
    main()
