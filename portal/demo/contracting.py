"""From the accepted quote to the active contract, step by step, as reseller, signatory and payer do it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.demo.bank import Bank
from portal.demo.worker import mailed_link, run_queue
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import find_first_invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.auth import Actor
from portal.shared.mail_rows import MailMessage
from portal.shared.mail_writing import write_letter
from portal.shared.tokens import LinkToken
from portal.signatures.models import Envelope
from portal.signatures.operations import answering
from portal.signatures.operations.public_access import record_opening
from portal.signatures.operations.signing import agree_to_terms, confirm_signature
from portal.signatures.rules.signing import Visitor

PHONE = Visitor(
    ip="198.51.100.24",
    user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracting:
    """The steps of a contract, each by the operation that the screens use."""

    session: Session
    bank: Bank
    present: datetime

    def contract_of(self, quote_id: int) -> Contract:
        """What the acceptance of a quote began."""
        statement = select(Contract.id).where(Contract.quote_id == quote_id).order_by(Contract.id.desc())
        return load_contract(self.session, self.session.scalars(statement.limit(1)).one())

    def generate(self, contract: Contract, actor: Actor, now: datetime) -> None:
        """Gerar contrato: the document is printed and the signatory asked."""
        generate_contract(self.session, contract=contract, actor=actor, now=now)
        self._work(now)

    def open_link(self, contract: Contract, now: datetime) -> None:
        """The signatory opens the link on a phone."""
        link = self._link(contract, now)
        record_opening(self.session, token=link, visitor=PHONE, now=now)

    def postpone(self, contract: Contract, now: datetime) -> None:
        """Assinar depois."""
        answering.postpone(self.session, token=self._link(contract, now), visitor=PHONE, now=now)

    def decline(self, contract: Contract, now: datetime, *, reason: str) -> None:
        """Recusar."""
        link = self._link(contract, now)
        answering.decline(self.session, token=link, reason=reason, visitor=PHONE, now=now)

    def sign(self, contract: Contract, now: datetime) -> bool:
        """The signatory signs; whether the file could be sealed."""
        self.sign_envelope(contract.envelope_id or 0, now)
        return load_contract(self.session, contract.id).state is not ContractState.AWAITING_SIGNATURE

    def sign_envelope(self, envelope_id: int, now: datetime) -> None:
        """The signatory of whatever paper agrees, gets a code by mail and types it."""
        link = self._link_of(envelope_id, now)
        agree_to_terms(self.session, token=link, visitor=PHONE, now=now)
        envelope = self.session.get_one(Envelope, envelope_id)
        confirm_signature(
            self.session,
            token=link,
            full_name=envelope.signer_name,
            cpf=envelope.signer_cpf,
            code=self._mailed_code(envelope),
            visitor=PHONE,
            now=now,
        )
        self._work(now)

    def open_invoice(self, contract: Contract) -> Invoice | None:
        """The first invoice, if it can be paid."""
        invoice = find_first_invoice(self.session, contract.id)
        return invoice if invoice is not None and invoice.state is InvoiceState.OPEN else None

    def pay(self, contract: Contract, now: datetime) -> None:
        """The first invoice is paid; where nothing is charged, nothing is."""
        invoice = self.open_invoice(contract)
        if invoice is not None:
            self.bank.pay(invoice, now)

    def _work(self, now: datetime) -> None:
        run_queue(self.session, now=now, present=self.present)

    def _link(self, contract: Contract, now: datetime) -> LinkToken:
        return self._link_of(contract.envelope_id or 0, now)

    def _link_of(self, envelope_id: int, now: datetime) -> LinkToken:
        return mailed_link(self.session, "signature_request", envelope_id, now=now)

    def _mailed_code(self, envelope: Envelope) -> str:
        newest = select(MailMessage).filter_by(kind="signature_code", subject_id=envelope.id)
        mail = self.session.scalars(newest.order_by(MailMessage.id.desc()).limit(1)).one()
        (code,) = write_letter(self.session, mail, now=mail.created_at).values()
        return code.replace(" ", "")
