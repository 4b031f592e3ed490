"""The card sandbox keeps what it knows over a restart, however much that is."""

from pathlib import Path

import requests

from tests.support.card_processor import SECRET_KEY, CardProcessor

MANY = 250  # a store several times as large as what is read at once


class Lasting(CardProcessor):
    """A sandbox that begins with what it knew."""

    from_scratch = False


def test_knows_everything_again_after_a_restart(tmp_path: Path) -> None:
    sandbox = Lasting(tmp_path)
    sandbox.start()
    try:
        made = [customer_at(sandbox) for _each in range(MANY)]
        assert (tmp_path / "store").stat().st_size > 100_000
        sandbox.stop()
        sandbox.start()
        newest = {customer["id"] for customer in sandbox.list_all("customers")}
        assert newest <= set(made)
        assert len(newest) == 100
        assert customer_at(sandbox) not in made
    finally:
        sandbox.stop()


def customer_at(sandbox: CardProcessor) -> str:
    answer = requests.post(
        f"{sandbox.url}/v1/customers",
        headers={"Authorization": f"Bearer {SECRET_KEY}"},
        data={"email": "maria@padaria.example"},
        timeout=10,
    )
    return str(answer.json()["id"])
