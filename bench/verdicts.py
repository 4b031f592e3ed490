"""The limits, and whether they hold."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.billing import BillingFigures
from bench.books import BooksFigures
from bench.dunning import DunningFigures
from bench.load import typical, typical_ratio
from bench.overdue import NightFigures
from bench.pages import Growth, Pages
from bench.paper import PaperFigures, p95
from bench.preview import Comparison, Measured
from bench.pricing import PricingFigures
from bench.returns import ReturnFigures
from bench.workers import WorkersFigures

PREVIEW_THROUGHPUT, PREVIEW_P50, PREVIEW_P99, PREVIEW_STATEMENTS = 1.5, 0.65, 3.0, 2
PAGE_P50 = 2.5
GROWTH = 1.5
PAPER_MS = 500
BILLING_SPEED, BILLING_GROWTH, BILLING_MB = 0.5, 11, 150
TWO_WORKERS = 1.5
REMINDERS_S = 20
NIGHT_OF_A_MILLION_S = 300
BILLED_A_SECOND, BARE_A_SECOND = 10_000, 20_000  # the first, where the bare copy reaches the second
CHECK_SECONDS = 300
RETURNED_A_SECOND, RETURN_MEMORY = 2_000, 1.2


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit, what was measured, and whether it holds."""

    what: str
    limit: str
    figure: str
    holds: bool

    @property
    def word(self) -> str:
        return "holds" if self.holds else "FAILS"


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured."""

    pricing: PricingFigures
    paper: PaperFigures
    preview: Comparison
    pages: Pages
    billing: list[BillingFigures]
    workers: WorkersFigures
    nights: list[NightFigures]
    reminders: DunningFigures
    returned: list[ReturnFigures]
    books: BooksFigures


def verdicts_of(figures: Figures) -> list[Verdict]:
    """Every limit."""
    return [
        *_pricing(figures.pricing),
        _paper(figures.paper),
        *_preview(figures.preview),
        *_billing(figures.billing),
        _workers(figures.workers),
        *_nights(figures.nights),
        _reminders(figures.reminders),
        *_returned(figures.returned),
        *_books(figures.books),
        *(verdict for growth in figures.pages.growths for verdict in _growth(growth)),
    ]


def throughput_ratio(measured: Measured, bare: Measured) -> float:
    """Requests a second at 16 connections against those of the bare view."""
    return typical_ratio(measured.many, bare.many, "requests_per_second")


def p50_ratio(measured: Measured, bare: Measured) -> float:
    """The median time at one connection against that of the bare view."""
    return typical_ratio(measured.one, bare.one, "p50_ms")


def _pricing(figures: PricingFigures) -> Iterator[Verdict]:
    yield Verdict(
        "price_quote: a Gestão with 3 add-ons and 6 apps, one core",
        f"≥ {figures['least_per_second']:,}/s or ≤ {figures['most_times_the_loop']} × the bare loop",
        f"{figures['quotes_per_second']:,}/s, {figures['times_the_loop']:.1f} ×",
        figures["holds"],
    )


def _paper(figures: PaperFigures) -> Verdict:
    slowest = p95(figures.both_ms)
    return Verdict(
        "contract PDF printed and sealed: p95", f"< {PAPER_MS} ms", f"{slowest:.0f} ms", slowest < PAPER_MS
    )


def _preview(compared: Comparison) -> Iterator[Verdict]:
    preview, bare = compared.preview, compared.bare
    throughput, p50 = throughput_ratio(preview, bare), p50_ratio(preview, bare)
    yield Verdict(
        "preview: requests a second at 16 connections",
        f"≥ {PREVIEW_THROUGHPUT} × the bare view's",
        f"{throughput:.2f} ×",
        throughput >= PREVIEW_THROUGHPUT,
    )
    yield Verdict(
        "preview: p50 at one connection",
        f"≤ {PREVIEW_P50} × the bare view's",
        f"{p50:.2f} ×",
        p50 <= PREVIEW_P50,
    )
    for connections, loads in (("one connection", preview.one), ("16 connections", preview.many)):
        tail = typical(loads, "p99_ms") / typical(loads, "p50_ms")
        limit = f"≤ {PREVIEW_P99:.0f} × its own p50"
        yield Verdict(f"preview: p99 at {connections}", limit, f"{tail:.2f} ×", tail <= PREVIEW_P99)
    count = compared.preview_statements
    yield Verdict(
        "preview: SQL statements", f"≤ {PREVIEW_STATEMENTS}", str(count), count <= PREVIEW_STATEMENTS
    )
    page = p50_ratio(compared.page, bare)
    yield Verdict(
        "whole quote page: p50 at one connection",
        f"≤ {PAGE_P50} × the bare view's",
        f"{page:.2f} ×",
        page <= PAGE_P50,
    )


def _billing(sizes: list[BillingFigures]) -> Iterator[Verdict]:
    for figures in sizes:
        speed = figures.bare_seconds / figures.seconds
        yield Verdict(
            f"billing run, {figures.count:,} subscriptions of 4 lines: speed",
            f"≥ {BILLING_SPEED} × the bare copy's",
            f"{figures.count / figures.seconds:,.0f}/s, {speed:.2f} ×",
            speed >= BILLING_SPEED,
        )
        each_second, bare = figures.count / figures.seconds, figures.count / figures.bare_seconds
        yield Verdict(
            f"billing run, {figures.count:,} subscriptions: a second",
            f"≥ {BILLED_A_SECOND:,} where the bare copy does {BARE_A_SECOND:,}",
            f"{each_second:,.0f}, bare {bare:,.0f}",
            bare < BARE_A_SECOND or each_second >= BILLED_A_SECOND,
        )
    largest, before = sizes[-1], sizes[-2]
    growth = largest.seconds / before.seconds
    yield Verdict(
        f"billing run, {before.count:,} → {largest.count:,}: time",
        f"≤ {BILLING_GROWTH} ×",
        f"{growth:.1f} ×",
        growth <= BILLING_GROWTH,
    )
    each = largest.statements / largest.count * 100
    yield Verdict(f"billing run, {largest.count:,}: statements a hundred", "≤ 1", f"{each:.2f}", each <= 1)
    yield Verdict(
        f"billing run, {largest.count:,}: memory it takes",
        f"< {BILLING_MB} MB",
        f"{largest.memory_mb:.0f} MB",
        largest.memory_mb < BILLING_MB,
    )


def _workers(figures: WorkersFigures) -> Verdict:
    return Verdict(
        f"billing run, {figures.count:,} with mails and boletos: two workers",
        f"≥ {TWO_WORKERS} × as fast as one",
        f"{figures.gain:.2f} ×",
        figures.gain >= TWO_WORKERS,
    )


def _nights(nights: list[NightFigures]) -> Iterator[Verdict]:
    for night in nights:
        seconds = night.of_a_million_s
        yield Verdict(
            f"a night over {night.count:,} subscriptions, {night.looked_at:,} late: {night.what}",
            f"≤ {NIGHT_OF_A_MILLION_S} s a million",
            f"{seconds:.0f} s",
            seconds <= NIGHT_OF_A_MILLION_S,
        )


def _reminders(figures: DunningFigures) -> Verdict:
    return Verdict(
        f"preparing reminders of {figures.count:,} late invoices",
        f"≤ {REMINDERS_S} s",
        f"{figures.seconds:.1f} s",
        figures.seconds <= REMINDERS_S,
    )


def _returned(sizes: list[ReturnFigures]) -> Iterator[Verdict]:
    few, figures = sizes
    file = f"a return file of {figures.lines:,} lines"
    a_second = figures.lines_per_s
    yield Verdict(
        f"{file}: from its bytes to booked payments",
        f"≥ {RETURNED_A_SECOND:,} lines/s",
        f"{a_second:,.0f} lines/s",
        a_second >= RETURNED_A_SECOND,
    )
    limit = figures.lines // 20
    yield Verdict(f"{file}: statements", f"≤ {limit:,}", str(figures.statements), figures.statements <= limit)
    growth = figures.peak_mb / few.peak_mb
    yield Verdict(
        f"{file}: most memory held",
        f"≤ {RETURN_MEMORY} × that of {few.lines:,} lines",
        f"{figures.peak_mb:.0f} MB, {growth:.2f} ×",
        growth <= RETURN_MEMORY,
    )


def _books(figures: BooksFigures) -> Iterator[Verdict]:
    took = figures.check_seconds
    yield Verdict(
        f"nightly check of {figures.many:,} invoices",
        f"≤ {CHECK_SECONDS} s",
        f"{took:.0f} s",
        took <= CHECK_SECONDS,
    )
    for page in figures.pages:
        what = f"{page.page}: p95, {figures.few:,} → {figures.many:,} invoices"
        yield Verdict(what, f"< {GROWTH} ×", f"{page.growth:.2f} ×", page.growth < GROWTH)


def _growth(growth: Growth) -> Iterator[Verdict]:
    name = f"{growth.page}, {growth.person}"
    ratio = typical_ratio(growth.many, growth.few, "p95_ms")
    yield Verdict(f"{name}: p95, 1,000 → 500,000 quotes", f"< {GROWTH} ×", f"{ratio:.2f} ×", ratio < GROWTH)
    yield Verdict(
        f"{name}: statements",
        "do not grow",
        f"{growth.few_statements} → {growth.many_statements}",
        growth.many_statements <= growth.few_statements,
    )
