"""Collect the portal's icons into one sprite.

Usage: python tools/build_icons.py path/to/@tabler/icons > static/img/icons.svg

Every icon named in ICONS becomes a <symbol> with that name, drawn in the current text color.
"""

import re
import sys
from pathlib import Path

ICONS = (
    "activity alert-triangle arrow-back-up arrow-down arrow-up arrows-exchange arrows-sort ban"
    " brand-whatsapp building building-store calculator calendar-event check checks chevron-down"
    " chevron-left chevron-right"
    " circle-check circle-x clock copy credit-card download file-invoice file-text filter history home"
    " hourglass inbox info-circle list-details lock logout mail menu-2 pencil phone player-pause plus"
    " receipt refresh search send settings shield-check sun-moon trash upload user-plus users x"
).split()


def symbol(folder: Path, name: str) -> str:
    source = (folder / "icons" / "outline" / f"{name}.svg").read_text(encoding="utf-8")
    paths = re.findall(r'<path d="[^"]+" />', source)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(paths)}</symbol>'


def main() -> None:
    folder = Path(sys.argv[1])
    symbols = "\n".join(symbol(folder, name) for name in ICONS)
    sys.stdout.write(f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n')


if __name__ == "__main__":
    main()
