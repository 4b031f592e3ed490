"""Tables of the customers room."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.partners.models import Partner
from portal.shared.brazil import format_postal_code, is_company
from portal.shared.db import Base, id_column
from portal.shared.whatsapp import Person
from portal.users.models import User


class Customer(Base):
    """A company or person a partner sells to. The same document may be another partner's too.

    Documents, phones and CEP are kept without punctuation. `search_text` begins with the name as
    `brazil.folded` writes it, so that lists sort and find without regard to accents and capitals.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("partner_id", "document"),
        UniqueConstraint("id", "partner_id"),
        CheckConstraint("name <> ''", name="has_name"),
        Index("ix_customers_partner_id_search_text", "partner_id", "search_text"),
        Index("ix_customers_partner_id_created_at", "partner_id", "created_at"),
        Index("ix_customers_search_text", "search_text"),
        Index(
            "ix_customers_search_trigrams",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_customers_created_at", "created_at"),
        Index("ix_customers_document", "document"),
        Index("ix_customers_email", "email", postgresql_where=text("email <> ''")),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    document: Mapped[str]
    name: Mapped[str]
    trade_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    street_number: Mapped[str] = mapped_column(default="")
    complement: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    search_text: Mapped[str]
    created_at: Mapped[datetime]
    lock_version: Mapped[int] = mapped_column(default=1)
    wants_offers: Mapped[bool] = mapped_column(default=True)
    erased_at: Mapped[datetime | None]

    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")
    contacts: Mapped[list["Contact"]] = relationship(
        lazy="raise_on_sql", order_by="Contact.id", cascade="all, delete-orphan", overlaps="partner"
    )
    signatory: Mapped["Signatory | None"] = relationship(
        lazy="raise_on_sql", cascade="all, delete-orphan", overlaps="partner,contacts"
    )

    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it so

    @hybrid_property
    def display_name(self) -> str:
        """The name people call it by: its trade name or, without one, its own."""
        return self.trade_name or self.name

    @display_name.inplace.expression
    @classmethod
    def _display_name(cls) -> ColumnElement[str]:
        return func.coalesce(func.nullif(cls.trade_name, ""), cls.name)

    @property
    def address_line(self) -> str:
        """Where it is, as papers say it; as much of it as is known."""
        street = ", ".join(filter(None, (self.street, self.street_number, self.complement)))
        town = "/".join(filter(None, (self.city, self.state)))
        return " – ".join(filter(None, (street, self.district, town, format_postal_code(self.postal_code))))

    @property
    def customer_id(self) -> int:
        """Whose log tells of it, as of its contracts and invoices: its own."""
        return self.id

    @property
    def printed_texts(self) -> str:
        """What people typed of it that stands in its papers. Wants the signatory loaded."""
        address = (self.street, self.street_number, self.complement, self.district, self.city)
        signatory = (self.signatory.name, self.signatory.email) if self.signatory else ()
        return " ".join((self.name, *address, *signatory))

    @property
    def people(self) -> tuple[Person, ...]:
        """Who can be written to: the signatory, which must be loaded, and the customer itself."""
        name = self.display_name
        itself = Person(
            key="customer",
            name=name,
            call=name if is_company(self.document) else name.split()[0],
            phone=self.phone,
            role="empresa" if is_company(self.document) else "",
        )
        return (self.signatory.person, itself) if self.signatory else (itself,)


class Contact(Base):
    """Somebody at the customer."""

    __tablename__ = "contacts"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        Index("ix_contacts_customer_id", "customer_id"),
        Index("ix_contacts_email", "email", postgresql_where=text("email <> ''")),
    )

    id: Mapped[int] = id_column()
    customer_id: Mapped[int]
    partner_id: Mapped[int]
    name: Mapped[str]
    position: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")


class Signatory(Base):
    """The person (responsável) who signs for the customer. One at a time."""

    __tablename__ = "signatories"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        Index("ix_signatories_email", "email"),
    )

    id: Mapped[int] = id_column()
    customer_id: Mapped[int] = mapped_column(unique=True)
    partner_id: Mapped[int]
    name: Mapped[str]
    cpf: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")

    @property
    def person(self) -> Person:
        """The signatory as somebody to write to."""
        return Person(
            key="signatory",
            name=self.name,
            call=self.name.split()[0],
            phone=self.phone,
            role="responsável",
        )


class CustomerImport(Base):
    """An uploaded CSV: first checked (dry run), then loaded whole or not at all.

    `rows` holds what would be loaded and is emptied once it was; `problems` names each bad cell.
    """

    __tablename__ = "customer_imports"
    __table_args__ = (Index("ix_customer_imports_partner_id", "partner_id"),)

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    file_name: Mapped[str]
    row_count: Mapped[int]
    rows: Mapped[list[Any]]
    problems: Mapped[list[Any]]
    created_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]

    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")
    uploaded_by: Mapped[User] = relationship(lazy="raise_on_sql")
