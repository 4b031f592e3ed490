"""The bank's part of the story, and that of the people who deal with it: finance and administrator."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.banking.models.boleto import Boleto
from portal.banking.operations.remittances import make_remittance
from portal.banking.queries.account import bank_settings, boleto_account
from portal.banking.rules.bank_files import NothingToSend
from portal.banking.rules.boleto import LIVE, BoletoState
from portal.demo.worker import run_queue
from portal.documents.operations.printing import render_paper
from portal.documents.rules.paper import Facts, Heading, Paper
from portal.invoices.models import Invoice
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.ted import announce_ted, confirm_ted, confirm_ted_again
from portal.receipts.rules.ted import TedState
from portal.sandbox_bank.operations.acting import act_as_bank
from portal.sandbox_bank.rules.acts import BankAct, Manner
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_document, format_money
from portal.shared.clock import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Does to invoices what banks, payers and finance do. All of it goes the way a real bank's news go."""

    session: Session
    random: Random
    finance: Actor
    administrator: Actor
    present: datetime
    refused: set[int] = field(default_factory=set)  # invoices, by id

    def exchange_files(self, now: datetime) -> None:
        """Finance sends the boletos that wait; the bank registers them, but for the `refused` invoices'."""
        with suppress(NothingToSend):
            make_remittance(self.session, account=boleto_account(self.session), actor=self.finance, now=now)
            sent = (
                select(Boleto).where(Boleto.state == BoletoState.ISSUED).options(joinedload(Boleto.invoice))
            )
            for boleto in self.session.scalars(sent.order_by(Boleto.id)).all():
                is_refused = boleto.invoice_id in self.refused
                self._act(boleto.invoice, BankAct.REJECT if is_refused else BankAct.REGISTER, now)

    def pay(self, invoice: Invoice, now: datetime) -> None:
        """The payer pays an open invoice the way it asks for; what cannot be paid so is paid by Pix."""
        if invoice.payment_method == "ted":
            self.announce_ted(invoice, now)
            self.confirm_ted(invoice, now, by=self.finance)
            self.confirm_ted(invoice, now, by=self.administrator)
        else:
            self._act(invoice, BankAct.BOLETO if self.boleto_of(invoice) else BankAct.PIX, now)

    def pay_by_pix(self, invoice: Invoice, now: datetime, *, amount_cents: int | None = None) -> None:
        """The payer pays by Pix what is owed; another amount comes from somebody else's account."""
        manner = Manner.USUAL if amount_cents is None else Manner.OTHER_PAYER
        self._act(invoice, BankAct.PIX, now, manner=manner, amount_cents=amount_cents)

    def announce_ted(self, invoice: Invoice, now: datetime) -> None:
        """The payer sends the proof of a TED."""
        announce_ted(self.session, invoice_id=invoice.id, proof=_proof(invoice, now), now=now)

    def confirm_ted(self, invoice: Invoice, now: datetime, *, by: Actor) -> None:
        """Somebody finds the TED in the bank's statement; the second time only what needs two people."""
        transfer = self.session.scalars(select(TedTransfer).filter_by(invoice_id=invoice.id)).one()
        if transfer.state is TedState.WAITING:
            confirm_ted(
                self.session,
                transfer=transfer,
                amount_cents=invoice.open_cents,
                credited_on=day_of(now),
                actor=by,
                now=now,
            )
        elif transfer.state is TedState.CONFIRMED_ONCE:
            confirm_ted_again(self.session, transfer=transfer, actor=by, now=now)

    def boleto_of(self, invoice: Invoice) -> Boleto | None:
        """The boleto by which an invoice can be paid."""
        return self.session.scalar(
            select(Boleto).where(Boleto.invoice_id == invoice.id, Boleto.state.in_(LIVE))
        )

    def _act(
        self,
        invoice: Invoice,
        act: BankAct,
        now: datetime,
        *,
        manner: Manner = Manner.USUAL,
        amount_cents: int | None = None,
    ) -> None:
        act_as_bank(
            self.session,
            act=act,
            manner=manner,
            invoice=invoice,
            boleto=self.boleto_of(invoice),
            amount_cents=amount_cents,
            mark=f"{self.random.getrandbits(128):032x}",
            secret=bank_settings().webhook_secret,
            now=now,
        )
        run_queue(self.session, now=now, present=self.present)


def _proof(invoice: Invoice, now: datetime) -> bytes:
    paper = Paper(
        title="Comprovante de transferência",
        subtitle="TED enviada",
        number=invoice.label,
        parts=(
            Heading("Transferência"),
            Facts(
                (
                    ("Valor", format_money(invoice.open_cents)),
                    ("Data", format_date(day_of(now))),
                    ("Remetente", invoice.payer_name),
                    ("CPF ou CNPJ", format_document(invoice.payer_document)),
                    ("Identificação", f"Fatura {invoice.label}"),
                )
            ),
        ),
    )
    return render_paper(paper, now=now)
