"""The picture of the rooms in docs/architecture.md shows the imports of today."""

from pathlib import Path

from tests.architecture.sources import ROOT
from tools.draw_rooms import DOCUMENT, reduced, rooms_and_uses, with_picture


class TestThePictureOfTheRooms:
    def test_is_up_to_date(self) -> None:
        document = Path(ROOT, DOCUMENT).read_text(encoding="utf-8")
        assert with_picture(document) == document, "run `python -m tools.draw_rooms`"

    def test_shows_every_room(self) -> None:
        document = Path(ROOT, DOCUMENT).read_text(encoding="utf-8")
        folders = {path.parent.name for path in Path(ROOT, "portal").glob("*/__init__.py")}
        rooms = folders - {"config", "gateways", "shared", "settings"}
        assert [room for room in sorted(rooms) if f" {room} " not in document.replace("\n", " ")] == []

    def test_leaves_out_what_a_longer_way_implies(self) -> None:
        assert reduced({"c": {"a", "b"}, "b": {"a"}, "a": set()}) == {"c": {"b"}, "b": {"a"}, "a": set()}

    def test_draws_no_arrow_upwards(self) -> None:
        uses = rooms_and_uses()
        assert [(room, used) for room in uses for used in uses[room] if room in uses.get(used, ())] == []
