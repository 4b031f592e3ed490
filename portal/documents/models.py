"""Tables of the documents room."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.documents.rules.files import FileKind
from portal.shared.db import Base, id_column


class StoredFile(Base):
    """A file of a customer, as it was when it was stored: triggers refuse to change or remove it.

    `size` in bytes; `sha256` (hex) is that of `content`. `reading` is what a printed paper says
    (`rules.paper_to_json`), with its own digest, and `layout` the design it was printed in, so that it can be
    shown on a phone and printed again with its signatures. Read `content` by `queries.read_content` and
    `reading` by `queries.read_paper`, which check them.
    """

    __tablename__ = "stored_files"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        UniqueConstraint("id", "partner_id"),
        UniqueConstraint("id", "partner_id", "customer_id"),
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint("length(sha256) = 64", name="has_digest"),
        CheckConstraint("title <> '' AND file_name <> ''", name="has_name"),
        CheckConstraint(
            "(reading IS NULL) = (layout IS NULL) AND (reading IS NULL) = (reading_sha256 IS NULL)",
            name="reading_is_whole",
        ),
        Index("ix_stored_files_customer_id_created_at", "customer_id", "created_at"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    kind: Mapped[FileKind]
    title: Mapped[str]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    layout: Mapped[str | None]
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), deferred=True)
    reading_sha256: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
