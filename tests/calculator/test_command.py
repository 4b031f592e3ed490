"""The command, run as people and programs run it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.calculator.samples import BASE, CATALOG, EXAMPLES, demo_text

ROOT = Path(__file__).parents[2]
PRICED = EXAMPLES["priced"]
REFUSED = EXAMPLES["refused"]


def _run(
    given: bytes | str, *arguments: str, catalog: Path | str = CATALOG
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "calculator", "price", "--catalog", str(catalog), *arguments],
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )


def _error(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """The one error object on stderr; nothing on stdout, status 2."""
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    answer: dict[str, Any] = json.loads(done.stderr)
    assert answer.keys() == {"error"}
    error: dict[str, Any] = answer["error"]
    return error


class TestPricingOneSelection:
    @pytest.mark.parametrize("example", PRICED[:2], ids=lambda example: example["name"])
    def test_prints_its_breakdown(self, example: dict[str, Any]) -> None:
        done = _run(json.dumps(example["selection"]))
        assert (done.returncode, done.stderr) == (0, b"")
        assert json.dumps(json.loads(done.stdout)) == json.dumps(example["breakdown"])

    @pytest.mark.parametrize("example", REFUSED, ids=lambda example: example["name"])
    def test_leaves_status_2_and_the_refusal_on_stderr(self, example: dict[str, Any]) -> None:
        error = _error(_run(json.dumps(example["selection"])))
        assert error.pop("message")
        assert error == example["error"]

    def test_accepts_a_byte_order_mark(self) -> None:
        assert _run(b"\xef\xbb\xbf" + json.dumps(BASE).encode()).returncode == 0

    def test_speaks_utf_8_whatever_the_locale(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "calculator", "price", "--catalog", str(CATALOG)],
            input=json.dumps(BASE).encode(),
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
            check=True,
        )
        assert "Hiper Gestão" in done.stdout.decode("utf-8")


class TestInputThatIsNoSelection:
    @pytest.mark.parametrize(
        "given",
        [
            b"",
            b" \n ",
            b"{",
            b"[]",
            b"null",
            b"\xff\xfe{}",
            json.dumps(BASE).encode() * 2,
            json.dumps(BASE)[:-1].encode() + b', "plan": "mini"}',
            json.dumps(BASE)[:-1].encode() + b', "installments": NaN}',
            json.dumps(BASE)[:-1].encode() + b', "installments": ' + b"9" * 5000 + b"}",
            b"[" * 200_000,
            b'{"plan": "' + b"x" * (1 << 20) + b'"}',
        ],
        ids=lambda given: given[:30].decode(errors="replace"),
    )
    def test_is_refused_in_one_object(self, given: bytes) -> None:
        error = _error(_run(given))
        assert error["code"] == "invalid_selection"
        assert len(error["message"]) < 200

    def test_is_told_when_it_is_too_long(self) -> None:
        assert "grande demais" in _error(_run(b" " * (1 << 20) + b"{}"))["message"]

    def test_is_told_where_its_json_breaks(self) -> None:
        assert "linha 2, coluna 1" in _error(_run('{"plan":\n}'))["message"]

    def test_with_half_a_character_is_answered_all_the_same(self) -> None:
        given = json.dumps({**BASE, "plan": "\ud800"})
        assert _error(_run(given))["code"] == "unknown_plan"


class TestACatalogThatCannotBeUsed:
    def test_is_missing_or_a_folder(self, tmp_path: Path) -> None:
        for catalog in (tmp_path / "none.toml", tmp_path):
            error = _error(_run(json.dumps(BASE), catalog=catalog))
            assert error["code"] == "invalid_price_list"

    def test_is_not_utf_8(self, tmp_path: Path) -> None:
        catalog = tmp_path / "latin.toml"
        catalog.write_bytes(b'[price_list]\nname = "Pre\xe7os"\n')
        error = _error(_run(json.dumps(BASE), catalog=catalog))
        assert error["problems"] == [{"line": 2, "path": "", "message": "O arquivo não está em UTF-8."}]

    def test_names_all_its_problems_by_line(self, tmp_path: Path) -> None:
        catalog = tmp_path / "wrong.toml"
        text = demo_text(('bronze = "5"', 'bronze = "500"'), ("months = 12", 'months = "12"'))
        catalog.write_text(text, encoding="utf-8")
        error = _error(_run(json.dumps(BASE), catalog=catalog))
        assert error["code"] == "invalid_price_list"
        assert [problem["path"] for problem in error["problems"]] == ["terms.annual.months", "tiers.bronze"]
        assert [text.splitlines()[problem["line"] - 1] for problem in error["problems"]] == [
            'months = "12"',
            'bronze = "500"',
        ]

    def test_may_have_been_saved_with_a_byte_order_mark(self, tmp_path: Path) -> None:
        catalog = tmp_path / "bom.toml"
        catalog.write_text(demo_text(), encoding="utf-8-sig")
        assert _run(json.dumps(BASE), catalog=catalog).returncode == 0


class TestArguments:
    @pytest.mark.parametrize(
        "arguments",
        [[], ["price"], ["price", "--catalog"], ["cost"], ["price", "--catalog", "x", "--line"], ["-x"]],
    )
    def test_that_are_wrong_are_answered_with_the_usage(self, arguments: list[str]) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "calculator", *arguments], capture_output=True, cwd=ROOT, check=False
        )
        error = _error(done)
        assert error["code"] == "invalid_command"
        assert "--catalog" in error["message"]

    def test_can_be_asked_for(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "calculator", "--help"], capture_output=True, cwd=ROOT, check=True
        )
        assert done.stdout.startswith(b"Uso:")


class TestLines:
    def test_are_answered_one_by_one_in_order_refused_ones_too(self) -> None:
        examples = [*PRICED, *REFUSED, PRICED[0]]
        done = _run("\n".join(json.dumps(example["selection"]) for example in examples), "--lines")
        assert (done.returncode, done.stderr) == (0, b"")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(examples)
        for example, answer in zip(examples, answers, strict=True):
            if "error" in answer:
                assert answer["error"].pop("message")
                assert answer["error"] == example["error"]
            else:
                assert answer == example["breakdown"]

    def test_that_are_no_selection_do_not_stop_the_others(self) -> None:
        good = json.dumps(BASE).encode()
        given = [good, b"", b"nope", b"\xff", b"x" * (3 << 20), b"[" * 100_000, good + b"\r"]
        done = _run(b"\n".join(given) + b"\n", "--lines")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert ["lines" if "lines" in answer else answer["error"]["code"] for answer in answers] == [
            "lines",
            *["invalid_selection"] * 5,
            "lines",
        ]
        assert "grande demais" in answers[4]["error"]["message"]
        assert done.returncode == 0

    def test_may_be_none_at_all(self) -> None:
        done = _run("", "--lines")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_are_answered_before_the_next_is_asked(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", "calculator", "price", "--catalog", str(CATALOG), "--lines"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for example in (*PRICED, *REFUSED):
                process.stdin.write(json.dumps(example["selection"]).encode() + b"\n")
                process.stdin.flush()
                assert process.stdout.readline().startswith((b'{"lines"', b'{"error"'))
            process.stdin.close()
            assert process.wait(timeout=30) == 0

    def test_can_be_interrupted_without_a_word(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", "calculator", "price", "--catalog", str(CATALOG), "--lines"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdin.write(b"{}\n")
            process.stdin.flush()
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 130
            assert process.stderr.read() == b""

    def test_need_no_more_memory_for_more_of_them(self) -> None:
        line = json.dumps(PRICED[4]["selection"]).encode() + b"\n"
        few, many = (_peak_memory(line * count) for count in (20, 4_000))
        assert many < few * 1.2


class TestAClosedOutput:
    @pytest.mark.parametrize("arguments", [[], ["--lines"]])
    def test_ends_with_one_error_object(self, arguments: list[str]) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "calculator", "price", "--catalog", str(CATALOG), *arguments],
                input=json.dumps(BASE).encode(),
                stdout=writer,
                stderr=subprocess.PIPE,
                cwd=ROOT,
                check=False,
            )
        finally:
            os.close(writer)
        assert done.returncode == 2
        assert json.loads(done.stderr)["error"]["code"] == "output_closed"


def _peak_memory(given: bytes) -> int:
    """The most memory the command took for its input, in kilobytes, as the system counted."""
    counting = (
        "import resource, runpy, sys, atexit;"
        "atexit.register(lambda: sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)));"
        "runpy.run_module('calculator', run_name='__main__', alter_sys=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", counting, "price", "--catalog", str(CATALOG), "--lines"],
        input=given,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    return int(done.stderr)
