"""Is this what was signed? By the file's bytes."""

import io
from pathlib import Path

import pytest
from flask import Flask
from pyhanko.pdf_utils.generic import NameObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from sqlalchemy.orm import Session

from portal.documents.queries import read_content
from portal.gateways.seal.pades import PadesSeal
from portal.shared import queue
from portal.shared.db import db
from portal.signatures.models import Envelope
from portal.signatures.queries.verification import check_file, find_signed
from portal.signatures.rules.seals import SealFinding, read_seal
from portal.signatures.rules.verdicts import Verdict
from tests.factories.quotes import NOON
from tests.factories.signatures import make_envelope, printed, sign
from tests.support.application import Transaction
from tests.support.seal import make_certificate


@pytest.fixture
def signed(app: Flask, transaction: Transaction) -> bytes:
    """A signed and sealed file, as its signatory got it."""
    with transaction() as session:
        envelope_id = sign(session, make_envelope(session)).id
    with app.app_context():
        queue.run_all(db.engine, clock=lambda: NOON)
    with transaction() as session:
        return read_content(session, session.get_one(Envelope, envelope_id).signed_file_id or 0)


def verdict_of(session: Session, content: bytes) -> Verdict:
    return check_file(session, content).verdict


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def gap_of(content: bytes) -> tuple[int, int]:
    """Where the signature's reserved gap stands: behind its last figure, and before its end."""
    start = content.index(b"/Contents <") + len(b"/Contents <")
    end = content.index(b">", start)
    return start + len(content[start:end].rstrip(b"0")), end


class TestTheFileAsItWasSigned:
    def test_is_genuine(self, transaction: Transaction, signed: bytes) -> None:
        with transaction() as session:
            check = check_file(session, signed)
            assert (check.verdict, check.reading.finding) == (Verdict.GENUINE, SealFinding.INTACT)
            assert check.envelope is not None
            assert check.envelope.signer_name == "Maria da Silva"

    @pytest.mark.deep
    def test_before_the_signature_is_ours_but_proves_nothing(
        self, transaction: Transaction, signed: bytes
    ) -> None:
        with transaction() as session:
            check = check_file(session, printed())
            assert (check.verdict, check.envelope) == (Verdict.UNSIGNED, None)


class TestOneByteChanged:
    @pytest.mark.deep
    def test_anywhere_is_seen(self, transaction: Transaction, signed: bytes) -> None:
        with transaction() as session:
            places = [*range(0, len(signed), 211), len(signed) - 1]
            unseen = [p for p in places if verdict_of(session, flipped(signed, p)) is Verdict.GENUINE]
            assert unseen == []

    @pytest.mark.deep
    def test_in_what_is_sealed_breaks_the_seal(self, transaction: Transaction, signed: bytes) -> None:
        first = signed.index(b"stream") + 20
        with transaction() as session:
            assert verdict_of(session, flipped(signed, first)) is Verdict.CHANGED

    @pytest.mark.deep
    def test_in_the_gap_that_no_seal_covers_is_seen_too(
        self, transaction: Transaction, signed: bytes
    ) -> None:
        start, end = gap_of(signed)
        assert end - start > 100
        changed = signed[: end - 3] + b"7" + signed[end - 2 :]
        assert read_seal(changed).finding is SealFinding.INTACT
        with transaction() as session:
            assert verdict_of(session, changed) is Verdict.NOT_IDENTICAL


class TestSomethingAdded:
    @pytest.mark.deep
    def test_behind_the_seal_is_seen(self, transaction: Transaction, signed: bytes) -> None:
        with transaction() as session:
            assert verdict_of(session, signed + b"\n% a comment\n") is Verdict.EXTENDED

    @pytest.mark.deep
    def test_by_a_program_that_saves_it_again_is_seen(self, transaction: Transaction, signed: bytes) -> None:
        writer = IncrementalPdfFileWriter(io.BytesIO(signed))
        writer.root["/PageMode"] = NameObject("/UseThumbs")
        writer.update_root()  # type: ignore[no-untyped-call]
        output = io.BytesIO()
        writer.write(output)  # type: ignore[no-untyped-call]
        assert output.getvalue().startswith(signed)
        with transaction() as session:
            assert verdict_of(session, output.getvalue()) is Verdict.EXTENDED

    def test_by_cutting_the_end_off_is_seen(self, transaction: Transaction, signed: bytes) -> None:
        with transaction() as session:
            assert verdict_of(session, signed[:-10]) is Verdict.UNREADABLE_SEAL


class TestAnotherSeal:
    def test_of_the_same_name_is_not_ours(
        self, transaction: Transaction, signed: bytes, tmp_path: Path
    ) -> None:
        forger = PadesSeal(make_certificate(tmp_path))
        forged = forger.seal(printed(), reason="Contrato assinado", at=NOON)
        assert read_seal(forged).finding is SealFinding.INTACT
        with transaction() as session:
            assert verdict_of(session, forged) is Verdict.OTHER_CERTIFICATE


class TestOtherFiles:
    @pytest.mark.parametrize(
        ("content", "verdict"),
        [
            (b"", Verdict.NOT_A_PDF),
            (b"GIF89a", Verdict.NOT_A_PDF),
            (b"PK\x03\x04 a document", Verdict.NOT_A_PDF),
            (b"%PDF-1.7\n%%EOF", Verdict.NOT_SEALED),
            (b"%PDF-1.7 /ByteRange [0 9 9 9]", Verdict.UNREADABLE_SEAL),
            (b"%PDF-1.7 /ByteRange [0 9999999999 9999999999 9999999999]", Verdict.UNREADABLE_SEAL),
            (b"%PDF-1.7 /ByteRange [0 45 49 1]           X<zz>  ", Verdict.UNREADABLE_SEAL),
            (b"%PDF-1.7 /ByteRange [" + b"0 " * 100_000, Verdict.NOT_SEALED),
            (b"%PDF-1.7 /ByteRange" + b" " * 1_000_000, Verdict.NOT_SEALED),
        ],
    )
    def test_are_called_what_they_are(self, session: Session, content: bytes, verdict: Verdict) -> None:
        assert verdict_of(session, content) is verdict

    def test_with_a_hostile_container_are_answered(self, session: Session) -> None:
        for container in (b"30" * 40, b"3080" * 1000, b"30847fffffff" + b"00" * 30, b"a0" * 5000):
            gap = b"<" + container + b">"
            head = b"%PDF-1.7 /ByteRange [0 100 " + str(100 + len(gap)).encode() + b" 5]"
            file = head.ljust(100) + gap + b"12345"
            assert verdict_of(session, file) is Verdict.UNREADABLE_SEAL

    def test_with_a_container_of_megabytes_are_not_taken_apart(self, session: Session, signed: bytes) -> None:
        start = signed.index(b"/Contents <") + len(b"/Contents <")
        for figures, verdict in ((10_000, Verdict.CHANGED), (300_000, Verdict.UNREADABLE_SEAL)):
            gap = b"<" + signed[start : signed.index(b">", start)].ljust(figures, b"0") + b">"
            head = b"%PDF-1.7 /ByteRange [0 100 " + str(100 + len(gap)).encode() + b" 5]"
            assert verdict_of(session, head.ljust(100) + gap + b"12345") is verdict


class TestACode:
    def test_finds_nothing_before_the_file_is_sealed(self, session: Session) -> None:
        envelope = sign(session, make_envelope(session))
        assert find_signed(session, envelope.verification_code) is None
