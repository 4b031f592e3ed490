"""Trim Tabler's stylesheet to the parts the portal uses.

Usage: python tools/trim_tabler.py path/to/tabler.min.css > static/vendor/tabler.css

A rule survives when every class in its selector belongs to a kept family; rules without a class (the element
defaults) always survive, and so do the custom properties. The families are named here and nowhere else, so the
result does not depend on which templates exist today. Dark-mode rules are dropped: `static/css/tokens.css` carries
both themes in its variables. The output stands in `@layer tabler`, so any rule of our own wins over it.
"""

import re
import sys
from pathlib import Path

KEPT_FAMILIES = frozenset(
    # grid and page
    "container row col g gx gy gap order h1 h2 h3 h4 h5 h6 lead small mark"
    # one-purpose classes
    " d flex justify align m mt mb ms me mx my p pt pb ps pe px py w fw text font overflow visually sr"
    # parts
    " btn card form input required is invalid active disabled show table badge alert breadcrumb page pagination"
    " nav tab fade progress empty datagrid list hr".split()
)
DROPPED_CLASSES = re.compile(
    r"^(?:btn-(?:(?!close|icon|list|link|sm|lg|primary|secondary|danger|warning|outline|ghost|check).*"
    r"|(?:outline|ghost)-(?!primary|secondary|danger|warning).*)"
    r"|card-(?:cover|stamp|stacked|rotate|tabs|img|table|progress|avatar|group|active|inactive|borderless|marketing|note|code|chart|sponsor).*"
    r"|form-(?:floating|colorinput|imagecheck|selectgroup|file|range|hint-light|control-(?:color|plaintext|rounded|flush|dark|light)|fieldset).*"
    r"|nav-(?:bordered|segmented|vertical|fill|justified|pills|scroller|underline).*"
    r"|page-(?:cover|header-border|wrapper.*|body.*|center)|pagination-.*|progress(?:bg|-bar-(?:striped|animated|indeterminate)|-separated|-steps|-stacked)?.*"
    r"|table-(?:mobile.*|selectable|transparent|striped.*|dark|light|info|success|primary|secondary|warning|danger|bordered|borderless|active|group.*|caption.*|nowrap.*)"
    r"|text-(?:bg.*|blue.*|azure.*|indigo.*|purple.*|pink.*|red.*|orange.*|yellow.*|lime.*|green.*|teal.*|cyan.*"
    r"|facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|x"
    r"|black.*|white.*|dark.*|light.*|gray.*|info.*|success.*|primary.*|opacity.*|inverted.*)"
    r"|badge-.*|alert-(?:info|success|primary|secondary|light|dark|minor|avatar).*|list-(?:group-.*|separated.*|timeline.*|bordered.*)"
    r"|is-valid|input-(?:group-flat|icon.*)|offset-.*|order-.*|font-.*|text-(?:decoration|lowercase|uppercase|capitalize).*)$"
)
DROPPED_SELECTORS = re.compile(r"theme=|theme-dark|data-vc|data-bs-|:host|webkit-scrollbar|\[dir=|\.nav-tabs-alt|was-validated")


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
    if DROPPED_CLASSES.match(name):
        return False
    return re.split(r"[-]", name)[0] in KEPT_FAMILIES or name in KEPT_FAMILIES


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
