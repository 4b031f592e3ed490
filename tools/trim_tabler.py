"""Trim Tabler's stylesheet to the parts the portal uses.

Usage: python tools/trim_tabler.py path/to/tabler.min.css > static/vendor/tabler.css

A rule survives when every class in its selector belongs to a kept family and names no unused variant.
Rules without a class (the element defaults) and the custom properties always survive. The choice is made
here and nowhere else, so the result does not depend on which templates exist today. Dark-mode rules go:
`static/css/tokens.css` carries both themes in its variables. The output stands in `@layer tabler`, so any
rule of our own wins over it.
"""

import re
import sys
from pathlib import Path

FAMILIES = frozenset(
    (
        # grid
        "container row col g gx gy gap"
        # classes of one purpose
        " d flex justify align m mt mb ms me mx my p pt pb ps pe px py w fw text overflow visually"
        # parts; the others are our own
        " btn card form input is invalid disabled active table"
    ).split()
)
UNUSED_VARIANTS = frozenset(
    (
        # colors: ours are tokens
        "blue azure indigo purple pink red orange yellow lime green teal cyan black white dark light"
        " gray info success primary secondary warning danger tertiary muted inverted bg opacity"
        " gradient tabler facebook twitter linkedin google youtube vimeo dribbble github instagram"
        " pinterest vk rss flickr bitbucket"
        # forms of parts that we do not use
        " pill square floating loading animate action actions toolbar cover stamp stacked rotate tabs"
        " img progress avatar group borderless note chart sponsor colorinput imagecheck selectgroup"
        " file range color plaintext rounded flush fieldset switch valid mobile selectable transparent"
        " striped hover bordered caption icon decoration lowercase uppercase capitalize sortable"
        " options sparkline rating"
    ).split()
)
DROPPED_SELECTORS = re.compile(
    r"theme=|theme-dark|data-vc|data-bs-|:host|webkit-scrollbar|\[dir=|was-validated"
)


def split_blocks(css: str) -> list[tuple[str, str]]:
    """Split into (prelude, body) pairs; a statement such as @charset has an empty body."""
    blocks: list[tuple[str, str]] = []
    start = depth = body_start = 0
    quote = ""
    for index, char in enumerate(css):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            body_start = body_start if depth else index + 1
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                blocks.append((css[start : body_start - 1].strip(), css[body_start:index]))
                start = index + 1
        elif char == ";" and depth == 0:
            start = index + 1
    return blocks


def is_kept_class(name: str) -> bool:
    family, *variants = name.split("-")
    return family in FAMILIES and UNUSED_VARIANTS.isdisjoint(variants)


def is_kept_selector(selector: str) -> bool:
    if DROPPED_SELECTORS.search(selector):
        return False
    return all(is_kept_class(name) for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", selector))


def trim(css: str) -> str:
    kept: list[str] = []
    for prelude, body in split_blocks(css):
        if prelude.startswith(("@media", "@supports")):
            if "print" not in prelude and (inner := trim(body)):
                kept.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@keyframes"):
            continue
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{body}}}")
        else:
            selectors = [part for part in re.split(r",(?![^(]*\))", prelude) if is_kept_selector(part)]
            if selectors and body:
                kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)


def main() -> None:
    source = Path(sys.argv[1]).read_text(encoding="utf-8")
    notice = re.search(r"/\*!.*?\*/", source, re.DOTALL)
    css = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    sys.stdout.write(f"{notice.group(0) if notice else ''}\n@layer tabler{{{trim(css)}}}\n")


if __name__ == "__main__":
    main()
