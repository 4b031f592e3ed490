"""Stored files and what is printed, for tests."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.documents.models import StoredFile
from portal.documents.operations.storing import store_file
from portal.documents.rules.certificate import CertificateEvent, CertificateSheet
from portal.documents.rules.clauses import FIRST_CLAUSES, parts_of
from portal.documents.rules.files import FileKind
from portal.documents.rules.paper import Column, Facts, Heading, Paper, Table

STORED_AT = datetime(2026, 6, 10, 15, 0, tzinfo=UTC)
SIGNED_AT = datetime(2026, 6, 11, 0, 30, 9, tzinfo=UTC)  # still the 10th in São Paulo
CODE = "7K3M-9QXT-2HWD"
ADDRESS = "https://portal.example/verificar/7K3M9QXT2HWD"


def a_paper(**changes: Any) -> Paper:
    """A yearly contract of a bakery: twelve payments and the default clauses."""
    values: dict[str, Any] = {
        "title": "Contrato de licença de uso de software",
        "subtitle": "Hiper Gestão · Anual",
        "number": "2026-000123",
        "parts": (
            Heading("Partes"),
            Facts((("Contratante", "Padaria Pão Quente Ltda"), ("CNPJ", "12.ABC.345/01DE-35"))),
            Heading("Serviços e valores"),
            Table(
                "Serviços contratados",
                (Column("Item"), Column("Quantidade", is_number=True), Column("Por mês", is_number=True)),
                (("Hiper Gestão", "1", "R$ 187,81"), ("Usuário adicional", "1", "R$ 91,96")),
                ("Mensalidade", "", "R$ 279,77"),
            ),
            Table(
                "Pagamentos",
                (Column("Parcela"), Column("Vencimento"), Column("Valor", is_number=True)),
                tuple((f"{month} de 12", f"15/{month:02d}/2026", "R$ 279,77") for month in range(1, 13)),
            ),
            *parts_of(FIRST_CLAUSES),
        ),
    }
    return Paper(**values | changes)


def a_certificate(unsigned: bytes = b"unsigned", **changes: Any) -> CertificateSheet:
    """What proves that Maria signed `unsigned`, from another town by a phone, under a development seal."""
    steps = (
        ("Convite enviado a m•••a@paoquente.com.br", "", ""),
        ("Documento aberto", "200.150.10.2", "Chrome no Android"),
        ("Código confirmado", "2804:14d:5c5b:8f1a:19cf:4bcd:9e2a:77aa", "Chrome no Android"),
        ("Assinado", "200.150.10.2", "Chrome no Android"),
    )
    values: dict[str, Any] = {
        "document_title": "Contrato de licença de uso de software",
        "document_number": "2026-000123",
        "unsigned_name": "contrato-2026-000123.pdf",
        "unsigned_size": len(unsigned),
        "unsigned_sha256": hashlib.sha256(unsigned).hexdigest(),
        "signer_name": "Maria da Silva",
        "signer_cpf": "52998224725",
        "signer_email": "maria@paoquente.com.br",
        "signer_phone": "47999991234",
        "signed_for": "Padaria Pão Quente Ltda",
        "signed_at": SIGNED_AT,
        "events": tuple(
            CertificateEvent(at=SIGNED_AT - timedelta(minutes=3 - index), what=what, ip=ip, device=device)
            for index, (what, ip, device) in enumerate(steps)
        ),
        "verification_code": CODE,
        "verification_url": ADDRESS,
        "seal_holder": "Portal Sistemas Ltda.",
        "seal_issuer": "AC de desenvolvimento do portal",
        "is_development": True,
    }
    return CertificateSheet(**values | changes)


def make_file(
    session: Session, *, customer: Customer, content: bytes = b"%PDF-1.7 a contract", **changes: Any
) -> StoredFile:
    """A stored file of a customer; `changes` are arguments of `store_file`."""
    values: dict[str, Any] = {
        "partner_id": customer.partner_id,
        "customer_id": customer.id,
        "kind": FileKind.CONTRACT,
        "title": "Contrato 2026-000123",
        "file_name": "contrato-2026-000123.pdf",
        "media_type": "application/pdf",
        "content": content,
        "actor": None,
        "now": STORED_AT,
    }
    return store_file(session, **values | changes)
