"""What documents say and are, as plain data. Pure."""

from portal.documents.rules.certificate import (
    CERTIFICATE_LAYOUT,
    CertificateEvent,
    CertificateSheet,
    certificate_to_json,
)
from portal.documents.rules.clauses import FIRST_CLAUSES, UnreadableClauses, parts_of
from portal.documents.rules.files import FileDamaged, FileKind, FilesDamaged, size_in_words
from portal.documents.rules.paper import (
    FIRST_LAYOUT,
    Column,
    Facts,
    Heading,
    Paper,
    Paragraph,
    Part,
    Table,
    digest_of,
    paper_from_json,
    paper_to_json,
)
from portal.documents.rules.proposal import (
    ProposalAlternative,
    ProposalLine,
    ProposalPayment,
    ProposalSheet,
)
from portal.documents.rules.receipt import ReceiptPayment, ReceiptSheet
from portal.documents.rules.slip import BoletoSlip

__all__ = [
    "CERTIFICATE_LAYOUT",
    "FIRST_CLAUSES",
    "FIRST_LAYOUT",
    "BoletoSlip",
    "CertificateEvent",
    "CertificateSheet",
    "Column",
    "Facts",
    "FileDamaged",
    "FileKind",
    "FilesDamaged",
    "Heading",
    "Paper",
    "Paragraph",
    "Part",
    "ProposalAlternative",
    "ProposalLine",
    "ProposalPayment",
    "ProposalSheet",
    "ReceiptPayment",
    "ReceiptSheet",
    "Table",
    "UnreadableClauses",
    "certificate_to_json",
    "digest_of",
    "paper_from_json",
    "paper_to_json",
    "parts_of",
    "size_in_words",
]
