"""A contract paid by card at noon of 10/06/2026, for the tests that register and charge cards."""

import pytest
import time_machine
from flask import Flask

from tests.factories.cards import CardCase, make_card_case
from tests.support.application import Transaction
from tests.support.card_processor import CardProcessor


@pytest.fixture
def card_case(
    noon: time_machine.Traveller,  # noqa: ARG001
    app: Flask,
    transaction: Transaction,
    card_processor: CardProcessor,
) -> CardCase:
    """Its first payment is by card; the link was mailed, and the processor waits for the card."""
    return make_card_case(app, transaction, card_processor)


@pytest.fixture
def card_later_case(
    noon: time_machine.Traveller,  # noqa: ARG001
    app: Flask,
    transaction: Transaction,
    card_processor: CardProcessor,
) -> CardCase:
    """Its first payment is by TED, every later one by card."""
    return make_card_case(app, transaction, card_processor, method="ted_card")
