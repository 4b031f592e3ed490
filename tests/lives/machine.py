"""Lives as Hypothesis invents them: what happens, when, and in which order."""

from collections.abc import Callable, Sequence
from datetime import date

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractKind
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.sandbox_bank.rules.acts import BankAct, Manner
from tests.lives import acts, going_back
from tests.lives.acts import CHANGES, Sale
from tests.lives.checks import find_faults
from tests.lives.world import World

# The 1st, the days around the due day, and month ends, in a leap year's February too.
FIRST_DAYS = tuple(
    date(year, month, day)
    for year, month, day in (
        (2026, 6, 1),
        (2026, 6, 14),
        (2026, 6, 15),
        (2026, 6, 16),
        (2026, 6, 28),
        (2026, 6, 29),
        (2026, 6, 30),
        (2026, 7, 31),
        (2028, 2, 29),
    )
)
SALES = (
    Sale(),
    Sale(plan="mini", setup=True),
    Sale(term="semiannual"),
    Sale(term="annual", method="card", installments=12),
    Sale(term="semiannual", method="card", installments=5),
    Sale(method="card"),
    Sale(method="ted"),
    Sale(method="ted_boleto", setup=True),
    Sale(arrangement="central_leads"),
    Sale(arrangement="hiperador"),
)
WAYS = st.sampled_from((BankAct.PIX, BankAct.BOLETO, BankAct.TED))
MANNERS = st.sampled_from((Manner.USUAL, Manner.TOLD_TWICE, Manner.PAID_TWICE, Manner.OTHER_PAYER))
BACK_AT_BANK = st.sampled_from((BankAct.UNDO, BankAct.CONTEST, BankAct.KEEP, BankAct.TAKE_BACK))
MOST_LIVES = 3


class Lives(RuleBasedStateMachine):
    """`begin` gives a new world on a day."""

    begin: Callable[[date], World]

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None
        self.sold = 0

    @property
    def here(self) -> World:
        """The world, once there is one."""
        assert self.world is not None
        return self.world

    @initialize(on=st.sampled_from(FIRST_DAYS), sale=st.sampled_from(SALES))
    def first_sale(self, on: date, sale: Sale) -> None:
        self.world = type(self).begin(on)
        self._sell(sale)

    @precondition(lambda self: self.sold < MOST_LIVES)
    @rule(sale=st.sampled_from(SALES))
    def sell(self, sale: Sale) -> None:
        self._sell(sale)

    def _sell(self, sale: Sale) -> None:
        self.sold += 1
        acts.sell(self.here, sale)

    @rule(way=WAYS, manner=MANNERS, place=st.integers(0, 9))
    def pay(self, way: BankAct, manner: Manner, place: int) -> None:
        """An open invoice, by whatever way."""
        if chosen := self._choose(place, InvoiceState.OPEN):
            acts.bank_pays(self.here, chosen.id, way, manner, None)

    @rule(way=WAYS, place=st.integers(0, 9), percent=st.sampled_from((1, 40, 99, 101, 150)))
    def pay_otherwise(self, way: BankAct, place: int, percent: int) -> None:
        """Too little or too much."""
        chosen = self._choose(place, InvoiceState.OPEN)
        if chosen is not None and chosen.open_cents:
            cents = max(1, chosen.open_cents * percent // 100)
            acts.bank_pays(self.here, chosen.id, way, Manner.USUAL, cents)

    @rule(way=st.sampled_from((BankAct.PIX, BankAct.BOLETO)), place=st.integers(0, 9))
    def pay_what_is_not_owed(self, way: BankAct, place: int) -> None:
        """What is paid or void already."""
        if chosen := self._choose(place, InvoiceState.PAID, InvoiceState.VOID):
            acts.bank_pays(self.here, chosen.id, way, Manner.USUAL, chosen.amount_cents)

    @precondition(lambda self: self.world is not None and self.world.told_today)
    @rule(place=st.integers(0, 9))
    def tell_again(self, place: int) -> None:
        """The bank writes a slip's payment of today into another file."""
        invoice_id, cents = self.here.told_today[place % len(self.here.told_today)]
        acts.bank_pays(self.here, invoice_id, BankAct.BOLETO, Manner.USUAL, cents)

    @rule(place=st.integers(0, 9), is_slip=st.booleans())
    def pay_twice_a_day(self, place: int, is_slip: bool) -> None:
        """A slip that stands in two files of a day; two transfers that arrive before finance looks."""
        if chosen := self._choose(place, InvoiceState.OPEN):
            has_slip = is_slip and self.here.do(lambda session: acts.has_boleto(session, chosen.id))
            for _time in range(2):
                way = BankAct.BOLETO if has_slip else BankAct.TED
                acts.bank_pays(self.here, chosen.id, way, Manner.USUAL, chosen.open_cents)

    @rule(place=st.integers(0, 9), days=st.sampled_from((1, 4, 20)), way=WAYS)
    def pay_late(self, place: int, days: int, way: BankAct) -> None:
        """All of it and its charges, so long after the due day."""
        if chosen := self._choose(place, InvoiceState.OPEN):
            until = (chosen.due_on - self.here.today).days + days
            self.here.pass_days(max(until, 1), is_worked=False)
            cents = self.here.do(lambda session: acts.owed_today(session, self.here, chosen.id))
            acts.bank_pays(self.here, chosen.id, way, Manner.USUAL, cents)

    @rule()
    def live_a_month_well(self) -> None:
        """Everybody pays, a month goes by, and everybody pays again."""
        for days in (16, 15):
            self.pay_all()
            self.here.pass_days(days)
        self.pay_all()

    @rule()
    def pay_all(self) -> None:
        """A good month: everybody pays."""
        for invoice in self._invoices(InvoiceState.OPEN):
            acts.bank_pays(self.here, invoice.id, BankAct.PIX, Manner.USUAL, None)

    @rule()
    def find_teds(self) -> None:
        acts.confirm_teds(self.here)

    @rule(days=st.sampled_from((1, 2, 5, 14, 31)), is_worked=st.booleans())
    def live_on(self, days: int, is_worked: bool) -> None:
        self.here.pass_days(days, is_worked=is_worked)

    @rule(refusals=st.integers(1, 4), is_deaf=st.booleans(), days=st.sampled_from((0, 31)))
    def spoil_cards(self, refusals: int, is_deaf: bool, days: int) -> None:
        """The next charges are refused, or their answer gets lost."""
        self.here.processor.refusals = [] if is_deaf else ["insufficient_funds"] * refusals
        self.here.processor.is_deaf = is_deaf
        self.here.pass_days(days)

    @rule(place=st.integers(0, 9), name=st.sampled_from(sorted(CHANGES)))
    def amend(self, place: int, name: str) -> None:
        if running := self.here.do(acts.list_running):
            contract_id = running[place % len(running)]
            acts.change(self.here, contract_id, ContractKind.AMENDMENT, **CHANGES[name])

    @rule(place=st.integers(0, 9))
    def renew(self, place: int) -> None:
        if running := self.here.do(acts.list_running):
            acts.change(self.here, running[place % len(running)], ContractKind.RENEWAL)

    @rule(place=st.integers(0, 9))
    def change_partner(self, place: int) -> None:
        if running := self.here.do(acts.list_running):
            acts.change_partner(self.here, running[place % len(running)])

    @rule(place=st.integers(0, 9), is_whole=st.booleans())
    def take_back(self, place: int, is_whole: bool) -> None:
        if chosen := self._choose(place, InvoiceState.OPEN, InvoiceState.PAID):
            acts.take_back(self.here, chosen.id, is_whole=is_whole)

    @rule(place=st.integers(0, 9))
    def waive(self, place: int) -> None:
        if chosen := self._choose(place, InvoiceState.OPEN, InvoiceState.PAID):
            acts.waive(self.here, chosen.id)

    @rule(place=st.integers(0, 9), percent=st.sampled_from((1, 50, 100)), is_dropped=st.booleans())
    def refund(self, place: int, percent: int, is_dropped: bool) -> None:
        """Finance gives back, by the way it came, what is left of a payment or a part of that."""
        going_back.refund(self.here, place, percent=percent, is_dropped=is_dropped)

    @rule(place=st.integers(0, 9), outcome=st.sampled_from(("won", "lost")))
    def dispute(self, place: int, outcome: str) -> None:
        """A card's payment is disputed; told of again, its dispute is won or lost."""
        going_back.tell_of_dispute(self.here, place, outcome)

    @rule(place=st.integers(0, 9), act=BACK_AT_BANK)
    def bank_takes_back(self, place: int, act: BankAct) -> None:
        """A slip's payment is undone; a Pix is contested, kept, given back by its bank."""
        going_back.bank_takes_back(self.here, place, act)

    @rule()
    def cut_the_next_step(self) -> None:
        """What comes next is killed before it commits, and done again."""
        self.here.is_cut = True

    @invariant()
    def nothing_is_astray(self) -> None:
        if self.world is not None:
            faults = find_faults(self.world)
            note(f"on {self.world.today}")
            assert not faults, "; ".join(faults)

    def _invoices(self, *states: InvoiceState) -> Sequence[Invoice]:
        def read(session: Session) -> Sequence[Invoice]:
            found = acts.list_invoices(session, *states)
            session.expunge_all()
            return found

        return self.here.do(read)

    def _choose(self, place: int, *states: InvoiceState) -> Invoice | None:
        found = self._invoices(*states)
        return found[-1 - place % len(found)] if found else None
