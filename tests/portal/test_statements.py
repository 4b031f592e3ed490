"""How many statements each page may send: they are what costs, and no page sends more as the house grows."""

from portal.shared.db import db
from tests.access.asking import Caller
from tests.access.rows import NOBODY, SUBSCRIBER
from tests.factories.copies import copy_quotes
from tests.factories.town import SUL
from tests.support.statements import statements
from tests.support.town import TownHall

# Whoever is signed in costs one of them, and who works on tasks another that counts them.
BUDGETS = {
    ("seller", "dashboard.home"): 7,
    ("partner_admin", "dashboard.home"): 7,
    ("manager", "dashboard.home"): 6,
    ("finance", "dashboard.home"): 8,
    ("admin", "dashboard.home"): 12,
    ("admin", "dashboard.operations"): 9,
    ("seller", "customers.index"): 4,
    ("admin", "customers.index"): 6,
    ("seller", "customers.record"): 10,
    ("seller", "customers.history"): 10,
    ("seller", "quotes.of_customer"): 10,
    ("seller", "documents.of_customer"): 10,
    ("seller", "documents.download"): 3,
    ("seller", "invoices.of_customer"): 10,
    ("seller", "invoices.forecast"): 3,
    ("finance", "invoices.forecast"): 6,
    ("seller", "invoices.contract_forecast"): 6,
    ("seller", "invoices.show"): 8,
    ("finance", "invoices.show"): 10,
    ("seller", "payouts.index"): 5,
    ("finance", "payouts.index"): 7,
    ("seller", "payouts.statements"): 4,
    ("finance", "payouts.statements"): 6,
    ("seller", "payouts.statement"): 6,
    ("seller", "payouts.item"): 5,
    ("seller", "payouts.check"): 5,
    ("finance", "payouts.closing"): 9,
    ("finance", "tasks.index"): 4,
    ("finance", "dashboard.finance"): 14,
    ("seller", "quotes.index"): 4,
    ("admin", "quotes.index"): 5,
    ("seller", "quotes.board"): 3,
    ("seller", "quotes.show"): 8,
    ("manager", "quotes.show"): 7,
    ("seller", "quotes.compare"): 6,
    ("manager", "quotes.approval_queue"): 4,
    ("seller", "quotes.choose_plan"): 2,
    ("seller", "quotes.new"): 3,
    ("seller", "quotes.edit"): 3,
    ("seller", "quotes.preview"): 2,
    (NOBODY, "quotes.proposal"): 9,  # what each of its two alternatives changes, and how its plan begins
    ("finance", "receipts.teds"): 7,
    ("finance", "banking.statements"): 6,
    ("finance", "banking.statement"): 7,
    ("finance", "banking.bank_files"): 9,
    ("finance", "banking.bank_file"): 7,
    ("finance", "receipts.parked"): 7,
    ("finance", "dunning.index"): 7,
    ("finance", "dunning.show"): 12,
    ("finance", "dunning.policy"): 5,
    ("finance", "dunning.numbers"): 6,
    ("finance", "dunning.prices"): 5,
    ("finance", "dunning.of_customer"): 15,
    ("finance", "dunning.call"): 31,
    ("finance", "whatsapp.index"): 6,
    (SUBSCRIBER, "subscribers.home"): 5,
    (SUBSCRIBER, "subscribers.invoices"): 3,
    (SUBSCRIBER, "subscribers.tax_notes"): 6,
    ("seller", "tax_notes.index"): 6,
    ("finance", "tax_notes.index"): 10,
    ("seller", "tax_notes.show"): 4,
    ("seller", "contracts.index"): 3,
    ("admin", "contracts.index"): 4,
    ("seller", "contracts.show"): 13,
}
DEMO_SIZE, TEN_TIMES = 12, 129  # copies of the town's sixteen quotes


type Counts = dict[tuple[str, str], int]


class TestPages:
    def test_keep_their_budgets_at_demo_size_and_with_ten_times_the_rows(self, hall: TownHall) -> None:
        warm_up(hall)
        few = counts(hall, first=1, last=DEMO_SIZE)
        assert {page: count for page, count in few.items() if count > BUDGETS[page]} == {}
        many = counts(hall, first=DEMO_SIZE + 1, last=TEN_TIMES)
        assert {page: count for page, count in many.items() if count > few[page]} == {}


def warm_up(hall: TownHall) -> None:
    """What a process keeps in memory is there, and every browser has seen the page."""
    for name, endpoint in BUDGETS:
        Caller(hall, name).ask(endpoint, SUL)


def counts(hall: TownHall, *, first: int, last: int) -> Counts:
    """What each page sends once these copies are there too."""
    with hall.app.app_context():
        copy_quotes(db.session, first=first, last=last)
        db.session.commit()
    return {(name, endpoint): count(hall, name, endpoint) for name, endpoint in BUDGETS}


def count(hall: TownHall, name: str, endpoint: str) -> int:
    """How many statements a page sends when it is opened again."""
    caller = Caller(hall, name)
    with statements(hall.app) as sent:
        answer = caller.ask(endpoint, SUL, htmx=endpoint == "quotes.preview")
    assert answer.status_code == 200
    return len(sent)
