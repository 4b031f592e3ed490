"""Books that are right, and a fault to plant for each check of what must always be true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.queries.reading import find_first_invoice
from portal.receipts.rules.receiving import Payer
from tests.factories.cards import make_waiting_charge
from tests.factories.contracts import make_contract
from tests.factories.following import what_follows
from tests.factories.invoices import make_invoice
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import NOON, make_house
from tests.factories.spoiled_agreements import book_for_nothing, hold_what_is_open
from tests.factories.spoiled_notes import OF_TAX_NOTES
from tests.factories.spoiled_reminders import OF_REMINDERS
from tests.factories.spoiled_suspensions import OF_SUSPENSIONS
from tests.factories.spoiled_whatsapp import OF_WHATSAPP
from tests.support.remembered import remembered

TOMORROW = NOON + timedelta(days=1)
CARD_KEY = "pi_of_a_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What a plant may spoil. `paid` is the first invoice, paid by boleto; the bank kept 2,00 of that."""

    session: Session
    contract_id: int
    partner_id: int
    customer_id: int
    paid: int
    opened: int
    payment_id: int
    file_id: int
    charge_key: str

    def spoil(self, statement: str, **values: object) -> None:
        """Change rows past every guard."""
        self.session.execute(text("SET LOCAL session_replication_role = replica"))
        names = ("contract_id", "partner_id", "customer_id", "paid", "opened", "payment_id", "file_id")
        known = {name: getattr(self, name) for name in names if f":{name}" in statement}
        self.session.execute(text(statement), known | values)
        self.session.execute(text("SET LOCAL session_replication_role = origin"))
        self.session.expire_all()


@remembered
def make_books(session: Session) -> Books:
    """A paid month with a fee, one that is open, a credit note, and a card that succeeded."""
    house = make_house(session)
    contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
    paid = find_first_invoice(session, contract.id)
    assert paid is not None
    payment = pay(session, invoice_id=paid.id, now=NOON, source="boleto", external_id="b", fee_cents=2_00)
    opened = make_invoice(session, house=house)
    noted = make_invoice(session, house=house)
    issue_credit_note(
        session,
        invoice_id=noted.id,
        amount_cents=noted.amount_cents,
        reason="Engano",
        seen_cents=0,
        actor=make_finance(session),
        now=NOON,
    )
    _charged(session, make_invoice(session, house=house))
    what_follows(session)
    return Books(
        session=session,
        contract_id=contract.id,
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        paid=paid.id,
        opened=opened.id,
        payment_id=payment.id,
        file_id=session.execute(text("SELECT min(id) FROM stored_files")).scalar_one(),
        charge_key=session.execute(text("SELECT key FROM charges")).scalar_one(),
    )


def _charged(session: Session, invoice: Invoice) -> None:
    make_waiting_charge(session, invoice)
    session.execute(
        text("UPDATE charges SET state = 'succeeded', settled_at = :at, processor_charge = :key"),
        {"at": NOON, "key": CARD_KEY},
    )
    pay(
        session,
        invoice_id=invoice.id,
        source="card",
        external_id=CARD_KEY,
        now=NOON,
        payer=Payer(customer_id=invoice.customer_id, document=invoice.payer_document),
    )


def _no_subscription(books: Books) -> list[object]:
    books.spoil("DELETE FROM subscriptions WHERE contract_id = :contract_id")
    return [books.contract_id]


def _dearer_posting(books: Books) -> list[object]:
    books.spoil(
        "UPDATE postings SET amount_cents = amount_cents + 1 WHERE invoice_id = :opened AND kind = 'issued'"
    )
    return [books.opened]


def _charges_nobody_booked(books: Books) -> list[object]:
    books.spoil(
        "INSERT INTO late_charges (invoice_id, partner_id, customer_id, payment_key, base_cents, days_late,"
        " late_fee_cents, late_interest_cents, assessed_at, paid_cents, waived_cents, waive_reason,"
        " returned_cents, dropped_cents)"
        " VALUES (:opened, :partner_id, :customer_id, 'pix:late', 19990, 1, 400, 7, now(), 407, 0, '', 0, 0)"
    )
    return [books.opened]


def _smaller_payment(books: Books) -> list[object]:
    books.spoil(
        "UPDATE payments SET amount_cents = amount_cents - 1, credited_cents = credited_cents - 1"
        " WHERE id = :payment_id"
    )
    return ["boleto:b"]


def _credit_from_nowhere(books: Books) -> list[object]:
    books.spoil(
        "INSERT INTO customer_credits (payment_id, partner_id, customer_id, amount_cents, reason, created_at)"
        " VALUES (:payment_id, :partner_id, :customer_id, 1, 'excess', now())"
    )
    return [books.partner_id]


def _owed_after_the_end(books: Books) -> list[object]:
    books.spoil(
        _LATER + ", contract_id = :contract_id, payment_number = 2, installment_number = 2 WHERE id = :opened"
    )
    _end(books)
    return [books.opened]


def _paid_after_the_end(books: Books) -> list[object]:
    books.spoil(_LATER + " WHERE id = :paid")
    _end(books)
    return [books.paid]


_LATER = (
    "UPDATE invoices SET period_from = '2026-08-01', period_until = '2026-08-31', grace_until = '2026-08-31'"
)


def _end(books: Books) -> None:
    books.spoil("UPDATE contracts SET state = 'ended', ends_on = '2026-07-31' WHERE id = :contract_id")


def _dearer_line(books: Books) -> list[object]:
    books.spoil("UPDATE invoice_lines SET amount_cents = amount_cents + 1 WHERE invoice_id = :paid")
    return [books.paid]


def _lost_numbers(books: Books) -> list[object]:
    books.spoil("UPDATE invoice_series SET last_number = last_number + 2 WHERE name = 'main'")
    return [5, 6]


def _lost_note(books: Books) -> list[object]:
    books.spoil("UPDATE invoice_series SET last_number = 2 WHERE name = 'credit_notes'")
    return [2]


def _told_twice(books: Books) -> list[object]:
    books.spoil(_MAIL, key="one", subject=books.opened, at=NOON)
    books.spoil(_MAIL, key="two", subject=books.opened, at=NOON)
    return [books.opened]


def _asked_after_payment(books: Books) -> list[object]:
    books.spoil(_MAIL, key="late", subject=books.paid, at=TOMORROW)
    books.spoil("DELETE FROM mail_messages WHERE key <> 'late'")
    return [books.paid]


_MAIL = """
INSERT INTO mail_messages (key, kind, subject_id, facts, to_address, to_name, reply_to, message_id, is_urgent,
    is_of_run, state, last_error, created_at)
VALUES (:key, 'invoice_issued', :subject, '{"is_first_mail": true}', 'maria@paoquente.com.br', 'Maria', '',
    :key, false, false, 'failed', 'x', :at)
"""


def _dearer_repasse(books: Books) -> list[object]:
    books.spoil(
        "UPDATE repasse_accruals SET repasse_cents = repasse_cents + 1, cost_cents = cost_cents - 1"
        " WHERE invoice_id = :paid"
    )
    return [books.paid]


def _payable_nobody_accrued(books: Books) -> list[object]:
    books.spoil(
        "UPDATE postings SET amount_cents = amount_cents + 1 WHERE invoice_id = :paid AND kind = 'repasse'"
    )
    return [books.partner_id]


def _gap(books: Books) -> list[object]:
    books.spoil(
        "INSERT INTO coverages SELECT (c2.r).* FROM (SELECT jsonb_populate_record(c, jsonb_build_object("
        "'id', 999, 'number', 2, 'covers_from', '2026-08-02', 'covers_until', '2026-08-31',"
        " 'grace_until', '2026-08-31')) AS r FROM coverages AS c WHERE contract_id = :contract_id) AS c2"
    )
    return [books.contract_id]


def _not_covered(books: Books) -> list[object]:
    books.spoil("DELETE FROM coverages WHERE contract_id = :contract_id")
    return [books.paid]


def _dearer_fee(books: Books) -> list[object]:
    books.spoil(
        "UPDATE payments SET fee_cents = fee_cents + 1, credited_cents = credited_cents - 1"
        " WHERE id = :payment_id"
    )
    return ["boleto:b"]


def _boleto_paid_by_nobody(books: Books) -> list[object]:
    books.spoil("UPDATE boletos SET state = 'paid', paid_at = now() WHERE invoice_id = :opened")
    boletos = select(Boleto.our_number).where(Boleto.invoice_id == books.opened)
    return list(books.session.scalars(boletos))


def _dollars(books: Books) -> list[object]:
    books.spoil("UPDATE payments SET currency = 'USD' WHERE id = :payment_id")
    return [books.payment_id]


def _silent_processor(books: Books) -> list[object]:
    books.spoil("UPDATE charges SET state = 'unknown', settled_at = NULL, created_at = :at", at=NOON)
    return [books.charge_key]


def _dearer_charge(books: Books) -> list[object]:
    books.spoil("UPDATE charges SET amount_cents = amount_cents + 1")
    return [CARD_KEY]


def _mail_without_a_job(books: Books) -> list[object]:
    books.spoil("DELETE FROM mail_messages")
    books.spoil("DELETE FROM queued_jobs")
    books.spoil(_MAIL.replace("'failed', 'x'", "'queued', ''"), key="lost", subject=books.opened, at=NOON)
    return [books.session.execute(text("SELECT id FROM mail_messages")).scalar_one()]


def _changed_log(books: Books) -> list[object]:
    stream = f"customer:{books.customer_id}"
    books.spoil("UPDATE log_entries SET summary = 'Nada' WHERE stream = :s AND position = 1", s=stream)
    return [stream]


def _changed_file(books: Books) -> list[object]:
    books.spoil("UPDATE stored_files SET content = content || 'x' WHERE id = :file_id")
    return [books.file_id]


# By the label of the check: it spoils something and gives the rows that the check must name.
type Plant = Callable[[Books], list[object]]


def _refund(books: Books, *, state: str, asked_at: datetime) -> int:
    """A refund of the paid invoice's payment that nobody carried out."""
    books.spoil(
        "INSERT INTO refunds (id, payment_id, invoice_id, partner_id, customer_id, way, origin, key,"
        " amount_cents, reason, state, asked_at, settled_at, reference, refusal, by_hand, needs_two,"
        " holder_name, holder_document, bank, branch, account)"
        " VALUES (9003, :payment_id, :paid, :partner_id, :customer_id, 'boleto', 'source', 'k',"
        " 100, 'x', :state, :asked_at, :settled_at, '', '', false, false, '', '', '', '', '')",
        state=state,
        asked_at=asked_at,
        settled_at=NOON if state == "done" else None,
    )
    return 9003


def _unbooked_refund(books: Books) -> list[object]:
    return [_refund(books, state="done", asked_at=NOON)]


def _silent_refund(books: Books) -> list[object]:
    _refund(books, state="sent", asked_at=NOON)
    return ["k"]


def _dearer_open_sum(books: Books) -> list[object]:
    books.spoil("INSERT INTO open_sums (due_on, count, open_cents) VALUES ('2031-01-15', 0, 1)")
    return ["2031-01-15"]


def _dearer_income_sum(books: Books) -> list[object]:
    books.spoil(
        "INSERT INTO income_sums (paid_on, source, count, amount_cents) VALUES ('2031-01-15', 'pix', 1, 0)"
    )
    return ["2031-01-15"]


def _dearer_repasse_sum(books: Books) -> list[object]:
    books.spoil(
        "INSERT INTO repasse_sums (partner_id, month, paid_cents, cost_cents, central_fee_cents,"
        " vendor_share_cents, repasse_cents) VALUES (:partner_id, '2031-01-01', 1, 0, 0, 0, 1)"
    )
    return [books.partner_id]


PLANTS: Mapping[str, Plant] = {
    **OF_TAX_NOTES,
    **OF_WHATSAPP,
    **OF_REMINDERS,
    **OF_SUSPENSIONS,
    "contratos ativos sem mensalidade em andamento": _no_subscription,
    "faturas com valor a receber diferente": _dearer_posting,
    "encargos diferentes dos lançamentos": _charges_nobody_booked,
    "acordos diferentes das faturas que seguram": hold_what_is_open,
    "acordos diferentes dos lançamentos": book_for_nothing,
    "pagamentos fora do caixa": _smaller_payment,
    "créditos diferentes dos lançamentos": _credit_from_nowhere,
    "devoluções fora dos lançamentos": _unbooked_refund,
    "devoluções sem resposta há mais de um dia": _silent_refund,
    "faturas em aberto depois do fim do contrato": _owed_after_the_end,
    "meses pagos depois do fim do contrato sem uma nota de crédito": _paid_after_the_end,
    "faturas que não somam": _dearer_line,
    "números de fatura sem fatura": _lost_numbers,
    "números de nota de crédito sem nota": _lost_note,
    "faturas avisadas duas vezes": _told_twice,
    "faturas cobradas depois de pagas": _asked_after_payment,
    "repasses diferentes do cálculo": _dearer_repasse,
    "repasse a pagar diferente dos extratos": _payable_nobody_accrued,
    "períodos pagos que não se seguem": _gap,
    "faturas pagas fora do período liberado": _not_covered,
    "tarifas diferentes dos lançamentos": _dearer_fee,
    "boletos pagos sem pagamento": _boleto_paid_by_nobody,
    "pagamentos diferentes da sua fatura": _dollars,
    "cobranças sem resposta há mais de um dia": _silent_processor,
    "cobranças no cartão diferentes dos pagamentos": _dearer_charge,
    "e-mails que ninguém envia": _mail_without_a_job,
    "registros alterados": _changed_log,
    "arquivos alterados": _changed_file,
    "somas por vencimento diferentes das faturas": _dearer_open_sum,
    "somas por dia diferentes dos pagamentos": _dearer_income_sum,
    "somas por mês diferentes dos repasses": _dearer_repasse_sum,
}
