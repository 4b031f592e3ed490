"""What a contract is billed, frozen in rows: a subscription a contract, its lines as integers.

Contracts that are or were active get theirs from what was frozen with them. The arithmetic stands here as it
was on the day of this migration; nothing of it is imported.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from alembic import op
from sqlalchemy import text

revision = "0130"
down_revision = "0120"
branch_labels = None
depends_on = None

A_DAY = timedelta(days=1)
AT_ONCE = 1_000
SPLIT = ("price", "cost", "central_fee", "vendor_share")
LATER_METHOD = {"boleto": "boleto", "card": "card", "ted_boleto": "boleto", "ted_card": "card", "ted": "ted"}

TABLES = """
CREATE TABLE subscriptions (
    id BIGSERIAL CONSTRAINT pk_subscriptions PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    billed_to VARCHAR(40) NOT NULL,
    payment_method VARCHAR NOT NULL,
    plan VARCHAR NOT NULL,
    plan_name VARCHAR NOT NULL,
    cycle VARCHAR NOT NULL,
    monthly_cents BIGINT NOT NULL,
    cost_cents BIGINT NOT NULL,
    repasse_cents BIGINT NOT NULL,
    counted_from DATE NOT NULL,
    months BIGINT NOT NULL,
    payments_in_term BIGINT NOT NULL,
    due_day BIGINT NOT NULL,
    first_period VARCHAR(40) NOT NULL,
    first_ends_on DATE,
    place_shift BIGINT NOT NULL,
    next_number BIGINT NOT NULL,
    next_due_on DATE,
    bills_until DATE,
    parked_reason VARCHAR,
    activated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT fk_subscriptions_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT uq_subscriptions_contract_id UNIQUE (contract_id),
    CONSTRAINT uq_subscriptions_contract_id_partner_id_customer_id UNIQUE (contract_id, partner_id, customer_id),
    CONSTRAINT ck_subscriptions_billedto CHECK (billed_to IN ('customer', 'partner')),
    CONSTRAINT ck_subscriptions_firstperiodpolicy CHECK (first_period IN ('full_installment', 'proportional')),
    CONSTRAINT ck_subscriptions_paid_in_a_known_way CHECK (payment_method IN ('boleto', 'card', 'ted')),
    CONSTRAINT ck_subscriptions_of_a_plan CHECK (plan <> '' AND plan_name <> '' AND cycle <> ''),
    CONSTRAINT ck_subscriptions_term_has_payments CHECK (months >= 1 AND payments_in_term >= 1),
    CONSTRAINT ck_subscriptions_due_on_a_day CHECK (due_day BETWEEN 1 AND 31),
    CONSTRAINT ck_subscriptions_amounts_sane CHECK (monthly_cents >= 0 AND cost_cents >= 0),
    CONSTRAINT ck_subscriptions_first_days_end_on_a_day
        CHECK ((first_period = 'proportional') = (first_ends_on IS NOT NULL)),
    CONSTRAINT ck_subscriptions_first_payment_is_in CHECK (next_number >= 2),
    CONSTRAINT ck_subscriptions_ended_on_a_day CHECK (ended_at IS NULL OR bills_until IS NOT NULL),
    CONSTRAINT ck_subscriptions_due_until_it_ends CHECK (
        CASE WHEN next_due_on IS NULL THEN bills_until IS NOT NULL
        ELSE ended_at IS NULL AND (bills_until IS NULL OR next_due_on <= bills_until) END),
    CONSTRAINT ck_subscriptions_parked_for_a_reason CHECK (parked_reason <> '')
);
CREATE INDEX ix_subscriptions_next_due_on_id ON subscriptions (next_due_on, id) WHERE next_due_on IS NOT NULL;

CREATE TABLE subscription_lines (
    id BIGSERIAL CONSTRAINT pk_subscription_lines PRIMARY KEY,
    subscription_id BIGINT NOT NULL
        CONSTRAINT fk_subscription_lines_subscription_id REFERENCES subscriptions (id),
    version BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    position BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    quantity BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT,
    payments BIGINT NOT NULL,
    price_total_cents BIGINT NOT NULL,
    price_part_cents BIGINT NOT NULL,
    price_spare BIGINT NOT NULL,
    price_dealt BIGINT NOT NULL,
    cost_total_cents BIGINT NOT NULL,
    cost_part_cents BIGINT NOT NULL,
    cost_spare BIGINT NOT NULL,
    cost_dealt BIGINT NOT NULL,
    central_fee_total_cents BIGINT NOT NULL,
    central_fee_part_cents BIGINT NOT NULL,
    central_fee_spare BIGINT NOT NULL,
    central_fee_dealt BIGINT NOT NULL,
    vendor_share_total_cents BIGINT NOT NULL,
    vendor_share_part_cents BIGINT NOT NULL,
    vendor_share_spare BIGINT NOT NULL,
    vendor_share_dealt BIGINT NOT NULL,
    repasse_total_cents BIGINT NOT NULL,
    CONSTRAINT uq_subscription_lines_subscription_id_version_position UNIQUE (subscription_id, version, position),
    CONSTRAINT ck_subscription_lines_counted_from_one CHECK (version >= 1 AND position >= 1 AND quantity >= 1),
    CONSTRAINT ck_subscription_lines_says_what CHECK (code <> '' AND label <> ''),
    CONSTRAINT ck_subscription_lines_numbers_forward
        CHECK (first_number >= 1 AND (last_number IS NULL OR last_number >= first_number)),
    CONSTRAINT ck_subscription_lines_term_has_payments CHECK (payments >= 1),
    CONSTRAINT ck_subscription_lines_price_in_equal_parts CHECK (
        price_total_cents >= 0 AND price_total_cents = price_part_cents * payments + price_spare
        AND price_spare >= 0 AND price_spare < payments AND price_dealt >= 0 AND price_dealt < payments),
    CONSTRAINT ck_subscription_lines_cost_in_equal_parts CHECK (
        cost_total_cents >= 0 AND cost_total_cents = cost_part_cents * payments + cost_spare
        AND cost_spare >= 0 AND cost_spare < payments AND cost_dealt >= 0 AND cost_dealt < payments),
    CONSTRAINT ck_subscription_lines_central_fee_in_equal_parts CHECK (
        central_fee_total_cents >= 0
        AND central_fee_total_cents = central_fee_part_cents * payments + central_fee_spare
        AND central_fee_spare >= 0 AND central_fee_spare < payments
        AND central_fee_dealt >= 0 AND central_fee_dealt < payments),
    CONSTRAINT ck_subscription_lines_vendor_share_in_equal_parts CHECK (
        vendor_share_total_cents >= 0
        AND vendor_share_total_cents = vendor_share_part_cents * payments + vendor_share_spare
        AND vendor_share_spare >= 0 AND vendor_share_spare < payments
        AND vendor_share_dealt >= 0 AND vendor_share_dealt < payments),
    CONSTRAINT ck_subscription_lines_adds_up CHECK (price_total_cents =
        cost_total_cents + central_fee_total_cents + vendor_share_total_cents + repasse_total_cents)
);
"""

GUARDS = """
CREATE FUNCTION subscriptions_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'subscriptions is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER subscriptions_frozen BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN ((OLD.contract_id, OLD.partner_id, OLD.customer_id, OLD.billed_to, OLD.plan, OLD.plan_name, OLD.cycle,
            OLD.counted_from, OLD.months, OLD.payments_in_term, OLD.due_day, OLD.first_period,
            OLD.first_ends_on, OLD.place_shift, OLD.activated_at)
        IS DISTINCT FROM (NEW.contract_id, NEW.partner_id, NEW.customer_id, NEW.billed_to, NEW.plan,
            NEW.plan_name, NEW.cycle, NEW.counted_from, NEW.months, NEW.payments_in_term, NEW.due_day,
            NEW.first_period, NEW.first_ends_on, NEW.place_shift, NEW.activated_at)
        OR NEW.next_number < OLD.next_number
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at))
    EXECUTE FUNCTION subscriptions_frozen();
CREATE TRIGGER subscriptions_stay BEFORE DELETE ON subscriptions
    FOR EACH ROW EXECUTE FUNCTION subscriptions_frozen();

CREATE FUNCTION subscription_lines_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'subscription_lines is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER subscription_lines_frozen BEFORE UPDATE OR DELETE ON subscription_lines
    FOR EACH ROW EXECUTE FUNCTION subscription_lines_frozen();

-- A set of lines is written by one statement: a line more would change what the set says.
CREATE FUNCTION subscription_lines_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT subscription_id, version, count(*) AS lines FROM written GROUP BY 1, 2) AS sets
        WHERE sets.lines <> (SELECT count(*) FROM subscription_lines AS known
            WHERE known.subscription_id = sets.subscription_id AND known.version = sets.version)
    ) THEN
        RAISE EXCEPTION 'this set of subscription_lines is written' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER subscription_lines_written_once AFTER INSERT ON subscription_lines
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION subscription_lines_written_once();

ALTER TABLE coverages
    DROP CONSTRAINT fk_coverages_contract_id_partner_id_customer_id,
    ADD CONSTRAINT fk_coverages_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id);
"""

DOWN = """
ALTER TABLE coverages
    DROP CONSTRAINT fk_coverages_contract_id_partner_id_customer_id,
    ADD CONSTRAINT fk_coverages_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id);
DROP TABLE subscription_lines;
DROP TABLE subscriptions;
DROP FUNCTION subscription_lines_written_once();
DROP FUNCTION subscription_lines_frozen();
DROP FUNCTION subscriptions_frozen();
"""

# A base is older than what follows it: by their ids, the subscription an amendment goes on with is there.
WERE_ACTIVE = """
SELECT contracts.id, contracts.partner_id, contracts.customer_id, contracts.kind, contracts.base_contract_id,
    contracts.state, contracts.starts_on, contracts.ends_on, contracts.closed_at, contracts.activated_at,
    quote_versions.arrangement, quote_versions.payment_method, quote_versions.plan, quote_versions.term,
    quote_versions.months, quote_versions.installments, quote_versions.due_day,
    quote_versions.negotiated_cents, quote_versions.cost_cents, quote_versions.repasse_cents,
    quote_versions.breakdown, coverages.covers_until, invoices.kind AS billed_first,
    invoices.amount_cents AS first_cents,
    (SELECT array_agg(every.installment_number) FROM invoices AS every WHERE every.contract_id = contracts.id)
        AS billed
FROM contracts
JOIN quote_versions ON quote_versions.id = contracts.version_id
LEFT JOIN coverages ON coverages.contract_id = contracts.id AND coverages.number = 1
LEFT JOIN invoices ON invoices.contract_id = contracts.id AND invoices.installment_number = 1
WHERE contracts.state IN ('active', 'suspended', 'ending', 'ended') AND contracts.id > :after
ORDER BY contracts.id LIMIT :at_once
"""
BASE = """
SELECT counted_from, months, payments_in_term, due_day, first_ends_on, place_shift, next_number, ended_at
FROM subscriptions WHERE contract_id = :id
"""


class Place(NamedTuple):
    """Where a contract's payments stand: payment n is the (n + shift)th of its terms."""

    counted_from: date
    months: int
    payments: int
    due_day: int
    first_ends_on: date | None
    shift: int

    def _at(self, number: int) -> tuple[int, int]:
        """The first month of the payment's term, and how many payments of that term come before it."""
        first_day = self.first_ends_on + A_DAY if self.first_ends_on else self.counted_from
        term, part = divmod(number + self.shift - 1, self.payments)
        return _month(first_day) + term * self.months, part

    def due_on(self, number: int) -> date:
        month, part = self._at(number)
        return _day_in(month + part, self.due_day)

    def starts_on(self, number: int) -> date:
        month, part = self._at(number)
        month += self.months * part // self.payments
        return _day_in(month, self.due_day) if self.first_ends_on else _day_in(month + 1, 1)


def upgrade() -> None:
    op.execute(TABLES)
    for contracts in _batches():
        rows = [_add_subscription(contract) for contract in contracts]
        _insert("subscription_lines", [line for lines in rows for line in lines])
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute(DOWN)


def _batches() -> Iterator[Sequence[Mapping[str, Any]]]:
    after = 0
    while True:
        asked = {"after": after, "at_once": AT_ONCE}
        contracts = op.get_bind().execute(text(WERE_ACTIVE), asked).mappings().all()
        if not contracts:
            return
        yield contracts
        after = contracts[-1]["id"]


def _insert(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        columns = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        op.get_bind().execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), rows)  # noqa: S608


def _add_subscription(contract: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write the subscription of a contract; gives its lines."""
    place = _place_after(contract) if contract["kind"] == "amendment" else _own_place(contract)
    by_customer = contract["arrangement"] != "hiperador"
    billed = set(contract["billed"] or ())
    number = next(number for number in range(2, len(billed) + 3) if number not in billed)
    due_on, ends_on = place.due_on(number), contract["ends_on"]
    has_ended = contract["state"] == "ended"
    row = {
        "contract_id": contract["id"],
        "partner_id": contract["partner_id"],
        "customer_id": contract["customer_id"],
        "billed_to": "customer" if by_customer else "partner",
        "payment_method": LATER_METHOD[contract["payment_method"]] if by_customer else "boleto",
        "plan": contract["plan"],
        "plan_name": contract["breakdown"]["lines"][0]["label"],
        "cycle": contract["term"],
        "monthly_cents": contract["negotiated_cents"],
        "cost_cents": contract["cost_cents"],
        "repasse_cents": contract["repasse_cents"],
        "counted_from": place.counted_from,
        "months": place.months,
        "payments_in_term": place.payments,
        "due_day": place.due_day,
        "first_period": "proportional" if place.first_ends_on else "full_installment",
        "first_ends_on": place.first_ends_on,
        "place_shift": place.shift,
        "next_number": number,
        "next_due_on": None if has_ended or (ends_on and due_on > ends_on) else due_on,
        "bills_until": ends_on,
        "activated_at": contract["activated_at"],
        "ended_at": contract["closed_at"] or contract["activated_at"] if has_ended else None,
    }
    _insert("subscriptions", [row])
    asked = text("SELECT id FROM subscriptions WHERE contract_id = :id")
    subscription_id = op.get_bind().execute(asked, {"id": contract["id"]}).scalar_one()
    same = {"subscription_id": subscription_id, "version": 1, "valid_from": contract["starts_on"]}
    lines = _lines(contract, by_customer=by_customer)
    return [same | line | {"position": position} for position, line in enumerate(lines, 1)]


def _own_place(contract: Mapping[str, Any]) -> Place:
    is_proportional = contract["billed_first"] == "first_period"
    return Place(
        contract["starts_on"],
        contract["months"],
        contract["installments"],
        contract["due_day"],
        contract["covers_until"] if is_proportional else None,
        -1 if is_proportional else 0,
    )


def _place_after(contract: Mapping[str, Any]) -> Place:
    """An amendment goes on in the periods of its base, or begins a term of another length where one begins."""
    base = op.get_bind().execute(text(BASE), {"id": contract["base_contract_id"]}).one()
    place, number = Place(*base[:6]), base.next_number
    ended_before = base.ended_at is not None and base.ended_at <= contract["activated_at"]
    while not ended_before and place.due_on(number) < contract["starts_on"]:
        number += 1
    months, payments = contract["months"], contract["installments"]
    if (months, payments) == (place.months, place.payments):
        return place._replace(shift=place.shift + number - 2)
    covered_until = place.starts_on(number) - A_DAY
    if place.first_ends_on:
        return Place(covered_until, months, payments, place.due_day, covered_until, -1)
    anchor = _day_in(_month(covered_until) - months, 1)
    return Place(anchor, months, payments, place.due_day, None, payments - 1)


def _lines(contract: Mapping[str, Any], *, by_customer: bool) -> list[dict[str, Any]]:
    breakdown, count = contract["breakdown"], contract["installments"]
    lines = breakdown["lines"]
    if by_customer:
        columns = _waterfall(breakdown)
    else:
        costs = [_cents(line["cost"]) for line in lines]
        columns = [costs, costs, [0] * len(costs), [0] * len(costs)]
    dealt = [_deal_out([cents * contract["months"] for cents in column], count) for column in columns]
    is_proportional = contract["billed_first"] == "first_period"
    begins_term = contract["kind"] != "amendment" and not is_proportional
    rows = [
        _row(
            line["code"],
            line["label"],
            line["quantity"],
            parts,
            first=1 if begins_term else 2,
            payments=count,
        )
        for line, *parts in zip(lines, *dealt, strict=True)
    ]
    if by_customer and contract["kind"] != "amendment":
        rows += _first_lines(contract, breakdown, columns, is_proportional=is_proportional)
    return rows


def _first_lines(
    contract: Mapping[str, Any],
    breakdown: Mapping[str, Any],
    columns: Sequence[Sequence[int]],
    *,
    is_proportional: bool,
) -> list[dict[str, Any]]:
    """What the first payment alone has: a part of a month, and the setup fee."""
    setup, rows = breakdown["setup"], []
    fee = (
        [_cents(setup[name]) for name in ("negotiated", "central_fee", "vendor_share")] if setup else [0] * 3
    )
    if is_proportional:
        amount, prices = contract["first_cents"] - fee[0], columns[0]
        parts = [_share_out(amount, prices)]
        for column in columns[1:]:
            part = _half_up(sum(column) * amount, sum(prices)) if sum(prices) else 0
            parts.append(_share_out(part, column))
        for line, *amounts in zip(breakdown["lines"], *parts, strict=True):
            rows.append(_once(line["code"], line["label"], line["quantity"], amounts))
    if setup:
        rows.append(_once("setup", "Implantação", 1, [fee[0], 0, fee[1], fee[2]]))
    return rows


def _once(code: str, label: str, quantity: int, amounts: Sequence[int]) -> dict[str, Any]:
    parts = [(cents, cents, 0, 0) for cents in amounts]
    return _row(code, label, quantity, parts, first=1, last=1, payments=1)


def _row(
    code: str,
    label: str,
    quantity: int,
    parts: Sequence[tuple[int, int, int, int]],
    *,
    first: int,
    payments: int,
    last: int | None = None,
) -> dict[str, Any]:
    price, *takers = (total for total, _part, _spare, _dealt in parts)
    row = {
        "code": code,
        "label": label,
        "quantity": quantity,
        "first_number": first,
        "last_number": last,
        "payments": payments,
        "repasse_total_cents": price - sum(takers),
    }
    for name, (total, part, spare, dealt) in zip(SPLIT, parts, strict=True):
        row |= {f"{name}_total_cents": total, f"{name}_part_cents": part}
        row |= {f"{name}_spare": spare, f"{name}_dealt": dealt}
    return row


def _waterfall(breakdown: Mapping[str, Any]) -> list[list[int]]:
    """Price, cost, central fee and vendor's share of each line and month."""
    monthly = {name: _cents(value) for name, value in breakdown["monthly"].items()}
    prices = [_cents(line["negotiated"]) for line in breakdown["lines"]]
    left = monthly["negotiated"] - monthly["central_fee"] - monthly["vendor_share"] - monthly["repasse"]
    costs = [_cents(line["cost"]) if left == monthly["cost"] else 0 for line in breakdown["lines"]]
    return [
        prices,
        costs,
        _share_out(monthly["central_fee"], prices),
        _share_out(monthly["vendor_share"], prices),
    ]


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))


def _deal_out(totals: Sequence[int], count: int) -> list[tuple[int, int, int, int]]:
    """Total, part, spare centavos and how many were dealt out before them."""
    dealt, parts = 0, []
    for total in totals:
        part, spare = divmod(total, count)
        parts.append((total, part, spare, dealt))
        dealt = (dealt + spare) % count
    return parts


def _share_out(cents: int, weights: Sequence[int]) -> list[int]:
    """By largest remainder, ties to the earlier one; without any weight the first one takes all."""
    total = sum(weights)
    if not total:
        return [cents] + [0] * (len(weights) - 1)
    shares = [cents * weight // total for weight in weights]
    remainders = [cents * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-remainders[at], at))
    for at in by_remainder[: cents - sum(shares)]:
        shares[at] += 1
    return shares


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _day_in(month: int, day: int) -> date:
    """A day of a month, or its last."""
    year, index = divmod(month, 12)
    last = (date(year + index // 11, (index + 1) % 12 + 1, 1) - A_DAY).day
    return date(year, index + 1, min(day, last))
