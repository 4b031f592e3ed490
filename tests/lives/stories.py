"""Short lives that are told the same way each time, by the rules of the machine, before any is invented.

Each leads past places where money may go astray; none knows of a fault. What they find is found in seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.sandbox_bank.rules.acts import BankAct, Manner
from tests.lives.acts import Sale
from tests.lives.checks import find_faults
from tests.lives.machine import Lives

type Step = tuple[str, Mapping[str, Any]]

EVERYBODY_PAYS: Step = ("pay_all", {})
TO_THE_TENTH: Step = (
    "live_on",
    {"days": 10, "is_worked": True},
)  # of July: what falls due on the 15th is there
A_MONTH: Step = ("live_on", {"days": 31, "is_worked": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is sold first, on 01/06/2026 unless said, and which rules follow with what."""

    sale: Sale
    steps: Sequence[Step]
    on: date = date(2026, 6, 1)


STORIES: Mapping[str, Story] = {
    "a slip stands in two files": Story(
        sale=Sale(), steps=[("pay_twice_a_day", {"place": 0, "is_slip": True})]
    ),
    "two transfers arrive before finance looks": Story(
        sale=Sale(method="ted"),
        steps=[("pay_twice_a_day", {"place": 0, "is_slip": False}), ("find_teds", {})],
    ),
    "half of what was paid is taken back, then all": Story(
        sale=Sale(),
        steps=[
            EVERYBODY_PAYS,
            ("take_back", {"place": 0, "is_whole": False}),
            ("take_back", {"place": 0, "is_whole": True}),
        ],
    ),
    "a card's answer gets lost": Story(
        sale=Sale(method="card"),
        steps=[
            ("spoil_cards", {"refusals": 1, "is_deaf": True, "days": 31}),
            ("live_on", {"days": 20, "is_worked": True}),
        ],
    ),
    "somebody pays twenty days late": Story(
        sale=Sale(),
        on=date(2026, 6, 30),
        steps=[EVERYBODY_PAYS, A_MONTH, ("pay_late", {"place": 0, "days": 20, "way": BankAct.PIX})],
    ),
    "month after month is paid": Story(
        sale=Sale(),
        on=date(2026, 6, 30),
        steps=[EVERYBODY_PAYS, TO_THE_TENTH, EVERYBODY_PAYS, *(A_MONTH, EVERYBODY_PAYS) * 2],
    ),
    "a change is signed beside an open month": Story(
        sale=Sale(),
        steps=[
            EVERYBODY_PAYS,
            ("live_on", {"days": 14, "is_worked": True}),
            ("live_on", {"days": 14, "is_worked": True}),
            ("live_on", {"days": 14, "is_worked": True}),
            ("amend", {"place": 0, "name": "dearer"}),
            EVERYBODY_PAYS,
            A_MONTH,
            EVERYBODY_PAYS,
        ],
    ),
    "what was paid goes back in parts, and is paid again": Story(
        sale=Sale(),
        steps=[
            EVERYBODY_PAYS,
            TO_THE_TENTH,
            ("pay", {"way": BankAct.BOLETO, "manner": Manner.USUAL, "place": 0}),
            ("refund", {"place": 0, "percent": 1, "is_dropped": False}),
            ("refund", {"place": 0, "percent": 50, "is_dropped": True}),
            ("refund", {"place": 0, "percent": 50, "is_dropped": False}),
            ("bank_takes_back", {"place": 0, "act": BankAct.UNDO}),
            A_MONTH,
            EVERYBODY_PAYS,
            ("refund", {"place": 0, "percent": 50, "is_dropped": False}),
            ("bank_takes_back", {"place": 0, "act": BankAct.CONTEST}),
            ("bank_takes_back", {"place": 0, "act": BankAct.TAKE_BACK}),
            EVERYBODY_PAYS,
        ],
    ),
    "a card's payment is disputed, won, disputed again and lost": Story(
        sale=Sale(method="card"),
        steps=[
            A_MONTH,
            ("refund", {"place": 0, "percent": 50, "is_dropped": False}),
            ("dispute", {"place": 0, "outcome": "won"}),
            ("refund", {"place": 0, "percent": 100, "is_dropped": False}),
            ("dispute", {"place": 0, "outcome": "won"}),
            ("dispute", {"place": 0, "outcome": "lost"}),
            ("dispute", {"place": 0, "outcome": "lost"}),
            A_MONTH,
        ],
    ),
    "the customer changes partner": Story(
        sale=Sale(arrangement="central_leads"),
        steps=[EVERYBODY_PAYS, ("change_partner", {"place": 0}), EVERYBODY_PAYS, A_MONTH, EVERYBODY_PAYS],
    ),
}


def tell(lives: Lives, story: Story) -> None:
    """Live a story; AssertionError as soon as something is astray."""
    lives.first_sale(on=story.on, sale=story.sale)
    _look(lives)
    for rule, how in story.steps:
        getattr(lives, rule)(**how)
        _look(lives)


def _look(lives: Lives) -> None:
    faults = find_faults(lives.here)
    assert not faults, "; ".join(faults)
