"""What migration 0002 adds beside tables: triggers, and wider lists of what a column may hold."""

import sqlalchemy as sa
from alembic import op

from migrations import bank_guards, billing_guards, contract_guards, guards

PURPOSES_BEFORE = ("invitation", "password_reset", "proposal")
PURPOSES = (*PURPOSES_BEFORE, "signature", "card_registration", "invoice")
APPEND_ONLY = ("stored_files", "envelope_events")

SIGNED_FACTS = (
    *("file_id", "partner_id", "customer_id", "title", "verification_code", "agreed_at", "signed_at"),
    *("signer_name", "signer_cpf", "signer_email", "signer_phone"),
)


def widen() -> None:
    """Let links be for what the second half needs them for."""
    _allow_purposes(PURPOSES)


def narrow() -> None:
    """Undo `widen`; links of the second half lead nowhere any more."""
    links = sa.table("link_tokens", sa.column("id"), sa.column("purpose"))
    mails = sa.table("mail_messages", sa.column("link_token_id"))
    newer = links.c.purpose.not_in(PURPOSES_BEFORE)
    of_newer = mails.c.link_token_id.in_(sa.select(links.c.id).where(newer))
    op.execute(sa.update(mails).where(of_newer).values(link_token_id=None))
    op.execute(sa.delete(links).where(newer))
    _allow_purposes(PURPOSES_BEFORE)


def raise_all() -> None:
    """The triggers."""
    contract_guards.raise_all()
    billing_guards.raise_all()
    bank_guards.raise_all()
    for table in APPEND_ONLY:
        guards.append_only(table)
    guards.frozen("envelopes", SIGNED_FACTS, once="OLD.state IN ('sealing', 'signed')")
    guards.kept("envelopes", once="OLD.state <> 'open'")


def remove_all() -> None:
    """Drop them."""
    bank_guards.remove_all()
    billing_guards.remove_all()
    contract_guards.remove_all()
    verbs = ("update", "delete", "truncate")
    guards.remove(("envelopes_frozen", "envelopes"), ("envelopes_kept", "envelopes"))
    guards.remove(*((f"{table}_no_{verb}", table) for table in APPEND_ONLY for verb in verbs))


def _allow_purposes(purposes: tuple[str, ...]) -> None:
    old, new = (PURPOSES_BEFORE, purposes) if purposes == PURPOSES else (PURPOSES, purposes)
    with op.batch_alter_table("link_tokens") as table:
        table.alter_column("purpose", existing_type=_enum(old), type_=_enum(new), existing_nullable=False)


def _enum(values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name="purpose", native_enum=False, create_constraint=True, length=40)
