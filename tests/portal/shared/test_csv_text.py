"""Whatever program wrote a CSV, its cells are read as they were, or a person is told what to do."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.shared.csv_text import OpenQuote, UnreadableCsv, decoded, records

HEADER = ["Razão social", "Observações", "Não é"]
LETTERS = "abcãçéÑ ;,|\t\"'=\n\r0"  # all of them stand in every code page
CELLS = st.lists(st.text(LETTERS, max_size=8), min_size=3, max_size=3)


def fits(cells: Sequence[str]) -> int:
    return sum(cell in HEADER for cell in cells)


def read(data: bytes) -> list[tuple[int, list[str]] | OpenQuote]:
    return list(records(decoded(data, is_right=lambda text: HEADER[0] in text), fits=fits))


def written(rows: list[list[str]], delimiter: str, line_end: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=line_end).writerow(HEADER)
    # All in quotes: a writer that leaves \r bare writes another table.
    rest = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    rest.writerows(rows)
    return buffer.getvalue()


class TestAFile:
    @pytest.mark.deep
    @given(
        st.lists(CELLS.filter(lambda row: any(cell.strip() for cell in row)), max_size=4),
        st.sampled_from(";,\t|"),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(
            ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp850"]
        ),
        st.sampled_from(["", "\ufeff", "\ufeff\ufeff"]),
        st.booleans(),
        st.sampled_from(["", "\x1a"]),
    )
    def test_is_read_as_it_was_written_by_whatever_program(
        self,
        rows: list[list[str]],
        delimiter: str,
        line_end: str,
        encoding: str,
        mark: str,
        says_separator: bool,
        end: str,
    ) -> None:
        text = written(rows, delimiter, line_end) + end
        if says_separator:
            text = f"sep={delimiter}{line_end}{text}"
        data = (mark + text if encoding.startswith("utf") else text).encode(encoding)
        found = read(data)
        assert [cells for _line, cells in found] == [HEADER, *rows]  # type: ignore[misc]

    def test_counts_lines_as_an_editor_does(self) -> None:
        data = 'sep=;\r\nRazão social;Observações\r\n\r\nA;"b\r\nc"\r\nB;d\r\n'.encode()
        assert [record[0] for record in read(data) if not isinstance(record, OpenQuote)] == [2, 4, 6]

    @pytest.mark.parametrize("length", [131_071, 131_072, 131_073, 1_000_000])
    def test_may_have_a_cell_of_any_length(self, length: int) -> None:
        data = f"Razão social;Observações\nA;{'x' * length}\nB;y\n".encode()
        assert [cells for _line, cells in read(data)][1:] == [["A", "x" * length], ["B", "y"]]  # type: ignore[misc]

    def test_with_vertical_tabs_has_line_breaks_in_its_cells(self) -> None:
        assert read("Razão social;b\numa\vduas;c\fd\n".encode())[1] == (2, ["uma\nduas", "c\nd"])

    def test_ends_at_a_quote_that_is_never_closed(self) -> None:
        assert read('Razão social;b\nA;1\nB;"2\nC;3\n'.encode())[2:] == [OpenQuote(3)]

    @given(st.binary(max_size=200))
    def test_of_any_bytes_is_read_or_refused_in_words(self, data: bytes) -> None:
        try:
            found = read(data)
        except UnreadableCsv as refused:
            found, said = [], str(refused)
        else:
            said = "envie de novo."
        assert said.endswith("envie de novo.")
        assert all(isinstance(record, OpenQuote) or any(record[1]) for record in found)
