"""An open invoice of a signed contract that the customer owes, or the partner that bills it itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.operations.sending import payment_link
from portal.invoices.queries.reading import load_invoice
from portal.partners.models import Partner
from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from tests.factories.contracts import make_contract
from tests.factories.quotes import NOON, House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.letters import Written, all_written
from tests.support.remembered import remembered

CUSTOMER, PARTNER = "customer", "partner"
SIGNATORY = "maria@paoquente.com.br"
PARTNERS_ADMIN = "chefe@sul.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """`payer` is the address that mail about it goes to, and no other; `name` is what the payer is called."""

    transaction: Transaction
    by: str
    payer: str
    name: str
    amount_cents: int
    amount: str
    invoice_id: int
    contract_id: int
    partner_id: int
    customer_id: int
    address: str
    house: House

    def house_in(self, session: Session) -> House:
        """The house of both, to make more of it."""
        return replace(
            self.house,
            partner=session.get_one(Partner, self.partner_id),
            customer=session.get_one(Customer, self.customer_id),
        )

    @property
    def owner(self) -> tuple[int, int | None]:
        """Whose the money of the invoice is, as (partner, customer)."""
        return self.partner_id, self.customer_id if self.by == CUSTOMER else None

    def invoice(self, session: Session) -> Invoice:
        """The invoice as it is now."""
        return session.get_one(Invoice, self.invoice_id)

    def mails(self) -> Sequence[Written]:
        """Every mail that tells of this invoice's amount or leads to its payment."""
        with self.transaction() as session:
            found = all_written(session, session.scalars(select(MailMessage).order_by(MailMessage.id)).all())
        return [mail for mail in found if self.amount in mail.text_body or "/pagar/" in mail.text_body]


@remembered
def _mailed(session: Session, by: str) -> tuple[House, int, int, str]:
    """A house, its contract, the invoice and the secret that leads to it."""
    house = make_house(session)
    if by == PARTNER:
        house.partner.arrangement = "hiperador"
    make_user(session, role=Role.PARTNER_ADMIN, partner_id=house.partner.id, email=PARTNERS_ADMIN)
    arrangement = "hiperador" if by == PARTNER else "central_cobranca"
    contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, arrangement=arrangement)
    invoice_id = session.scalars(select(Invoice.id).where(Invoice.contract_id == contract.id)).one()
    link = payment_link(session, invoice=load_invoice(session, invoice_id), now=NOON)
    return house, contract.id, invoice_id, link.secret()


def make_owed(transaction: Transaction, by: str) -> Owed:
    """Of the customer R$ 199,90, of the partner R$ 85,00; made, signed and mailed at `NOON`."""
    with transaction() as session:
        house, contract_id, invoice_id, secret = _mailed(session, by)
        return Owed(
            transaction=transaction,
            by=by,
            payer=PARTNERS_ADMIN if by == PARTNER else SIGNATORY,
            name="Sul Sistemas Ltda." if by == PARTNER else "Padaria Pão Quente Ltda",
            amount_cents=85_00 if by == PARTNER else 199_90,
            amount="R$ 85,00" if by == PARTNER else "R$ 199,90",
            invoice_id=invoice_id,
            contract_id=contract_id,
            partner_id=house.partner.id,
            customer_id=house.customer.id,
            address=f"/pagar/{secret}",
            house=house,
        )
