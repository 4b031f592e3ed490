"""Draw the rooms and who uses whom into docs/architecture.md.

    python -m tools.draw_rooms            write the picture anew
    python -m tools.draw_rooms --check    leave with status 1 when it is out of date

The picture is a Mermaid diagram between two marks of that file. An arrow points from a room to one it
imports; what a longer way already implies is left out, and so are the rooms that everybody may use.
"""

import sys
from functools import cache
from pathlib import Path

from grimp import ImportGraph, build_graph

DOCUMENT = Path("docs/architecture.md")
BEGIN, END = "<!-- rooms: made by `python -m tools.draw_rooms` -->", "<!-- /rooms -->"
EVERYBODYS = ("config", "gateways", "models", "shared", "settings")
WIRING = ("app", "gunicorn_conf", "navigation", "reactions", "notices", "schedule", "providers")

type Uses = dict[str, set[str]]


def rooms_and_uses() -> Uses:
    """Each room of the portal with the rooms it imports directly."""
    graph = build_graph("portal", "calculator", cache_dir=None)
    rooms = {name.removeprefix("portal."): name for name in graph.find_children("portal")}
    for name in ("calculator", *rooms.values()):
        if graph.find_children(name):
            graph.squash_module(name)
    shown = {room: name for room, name in rooms.items() if room not in {*EVERYBODYS, *WIRING}}
    return {room: _used_by(graph, name) & {"calculator", *shown} for room, name in shown.items()}


def _used_by(graph: ImportGraph, name: str) -> set[str]:
    return {used.removeprefix("portal.") for used in graph.find_modules_directly_imported_by(name)}


def reduced(uses: Uses) -> Uses:
    """Without the arrows that a longer way implies."""

    @cache
    def reached(room: str) -> frozenset[str]:
        direct = uses.get(room, set())
        return frozenset(direct).union(*map(reached, direct))

    return {room: direct.difference(*map(reached, direct)) for room, direct in uses.items()}


def picture() -> str:
    """The diagram, the same for the same imports."""
    uses = reduced(rooms_and_uses())
    arrows = [f"    {room} --> {other}" for room in sorted(uses) for other in sorted(uses[room])]
    return "\n".join(["```mermaid", "flowchart TD", *arrows, "```"])


def with_picture(document: str) -> str:
    """The document with a fresh picture between its marks."""
    before, _mark, rest = document.partition(BEGIN)
    _old, _mark, after = rest.partition(END)
    return f"{before}{BEGIN}\n{picture()}\n{END}{after}"


def main(arguments: list[str]) -> None:
    """Write the picture, or say that it is out of date."""
    document = DOCUMENT.read_text(encoding="utf-8")
    fresh = with_picture(document)
    if "--check" not in arguments:
        DOCUMENT.write_text(fresh, encoding="utf-8")
    elif fresh != document:
        sys.exit(f"{DOCUMENT} is out of date: run `python -m tools.draw_rooms`.")


if __name__ == "__main__":
    main(sys.argv[1:])
