"""`docs/benchmarks.md`: the limits, the figures behind them and what was compared with what."""

import os
import platform
from collections.abc import Iterable
from statistics import median

from bench import bare
from bench.load import typical
from bench.paper import p95
from bench.preview import CONNECTIONS, Measured, rendering_ms, template_bytes
from bench.verdicts import Figures, Verdict, p50_ratio, throughput_ratio

TEXT = """# Benchmarks

Written by `make bench`, which measures all of it in one run and ends with status 1 when a limit does not
hold.

{machine}

{verdicts}

## How it is measured

What is compared runs at the same time and is asked in turn, round after round. A figure is the median over
the rounds, a ratio the median of each round's ratio, so that whatever else the machine does falls on both
sides. Servers are gunicorn with `portal/gunicorn_conf.py` as in production (queue apart, one process); the
client sends prepared requests over loopback and waits for the last byte.

- **Pricing**: {quote_us} µs a quote, {negotiated_us} µs when negotiated, {twelve_payments_us} µs negotiated
  for a year in twelve parts with setup fee; the loop that only looks up and adds the same integers takes
  {loop_us} µs.
- **Contract**: the contracts of the demonstration in turn, by the functions of the worker's jobs, so that
  the printer finds little of one in its memory. Printed as PDF/A and PDF/UA by typst: p50
  {printed_p50:.0f} ms, p95 {printed_p95:.0f} ms. Printed with its certificate page and sealed as PAdES by
  the development certificate, no time stamp authority: p50 {sealed_p50:.0f} ms, p95 {sealed_p95:.0f} ms;
  {sealed_kb} KB. The requests that ask for it only enqueue it.
- **Preview**: `POST /orcamentos/calculo` as the browser sends it while somebody changes add-ons, with session
  cookie and CSRF token, 32 selections in turn, so none is priced twice in a row.
- **Quote page**: `GET /orcamentos/novo` for a customer and a plan.
- **Bare view**: `bench/bare.py`, a Flask application without database, session or hooks. Its one view renders
  the page of a quote from data at hand: {template_bytes:,} bytes of template in {template_files},
  with layout, macros for fields, loops, filters and autoescaping; amounts and days by Babel, as one writes
  them. Rendering it takes {bare_ms:.2f} ms of processor time by itself. Two lighter pages are measured
  beside it: the same template with amounts formatted by hand, as the portal does ({by_hand_ms:.2f} ms), and
  one plain table ({plain_ms:.2f} ms).
- **Growth**: two PostgreSQL databases with {few_quotes:,} and {many_quotes:,} quotes, copied from the
  demonstration (`bench/many_quotes.py`): partners and customers grow along, the seller's own partner stays as
  it was, and the same number of approvals waits in both.
- **Reminders**: `bench/dunning.py`, a policy of two steps over invoices that are all late, prepared at once.
- **Nights**: `bench/overdue.py`, the same subscriptions a month later, one in ten not paid: the night that
  gives notice, the one that suspends, one with nothing new, and one that finds everything paid and releases.
- **Returns**: `bench/returns.py`, one worker with its two threads for the bank, durable settings: a file of
  Itaú's 400 positions in which every boleto is paid and credited, one in ten late with its charges. Of the
  long one, read and kept in {returned.take_s:.0f} s, checked in {returned.check_s:.0f} s,
  applied in {returned.apply_s:.0f} s; the worker's processor {returned.processor_s:.0f} s, the
  database's {returned.database_s:.0f} s. The process held {returned.peak_mb:.0f} MB at most.
- **Books**: `bench/books.py` over `bench/portfolio.py`: one customer's life, lived by the portal's operations
  and copied; of three invoices two are paid and in a lot. 250 customers a partner: a page over the few is
  as full as one over the many. Pages are asked in turn.
- **Billing**: `bench/billing.py`, one worker, a PostgreSQL of its own with durable settings. The disk decides
  over a run of a third of a second: nine rounds of 1,000, three of 10,000. The bare copy is an
  `INSERT … SELECT` of the same invoices, lines, postings, mails and jobs into tables with the same indexes
  and foreign keys, which hold the month before. Computing what a boleto is paid by is a
  library's work in Python, apart from this run.
- **Two workers**: `bench/workers.py`, processes that take chunks from the queue, with mails and boletos.

## Against the bare views

{requests}

{ratios}

## Pages over few and many quotes

{pages}
"""


def write_report(figures: Figures, verdicts: Iterable[Verdict]) -> str:
    """The whole page."""
    compared = figures.preview
    kinds = {
        "bare view": compared.bare,
        "bare view, formats by hand": compared.by_hand,
        "bare view, one plain table": compared.plain,
        "preview": compared.preview,
        "quote page": compared.page,
    }
    return TEXT.format(
        machine=_machine(figures.pages.postgres),
        verdicts=_table(
            ("what", "limit", "measured", ""), ((v.what, v.limit, v.figure, v.word) for v in verdicts)
        ),
        **figures.pricing,
        template_bytes=template_bytes(),
        template_files=", ".join(f"`{name}`" for name in bare.QUOTE_TEMPLATES),
        bare_ms=rendering_ms("/"),
        by_hand_ms=rendering_ms("/by-hand"),
        plain_ms=rendering_ms("/list"),
        printed_p50=median(figures.paper.printed_ms),
        printed_p95=p95(figures.paper.printed_ms),
        sealed_p50=median(figures.paper.sealed_ms),
        sealed_p95=p95(figures.paper.sealed_ms),
        sealed_kb=figures.paper.kilobytes,
        few_quotes=figures.pages.few_quotes,
        many_quotes=figures.pages.many_quotes,
        requests=_requests(kinds),
        ratios=_ratios(compared.preview, compared.page, kinds),
        pages=_pages(figures),
        returned=figures.returned[-1],
    )


def _machine(postgres: str) -> str:
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()},"
        f" Python {platform.python_version()}, PostgreSQL {postgres}."
    )


def _requests(kinds: dict[str, Measured]) -> str:
    return _table(
        ("", "answer", "p50 at 1", "p95", "p99", f"requests/s at {CONNECTIONS}", "p50", "p99"),
        (
            (
                name,
                f"{kind.answer_bytes / 1000:.1f} kB",
                *(f"{typical(kind.one, figure):.2f} ms" for figure in ("p50_ms", "p95_ms", "p99_ms")),
                f"{typical(kind.many, 'requests_per_second'):,.0f}",
                *(f"{typical(kind.many, figure):.1f} ms" for figure in ("p50_ms", "p99_ms")),
            )
            for name, kind in kinds.items()
        ),
    )


def _ratios(preview: Measured, page: Measured, kinds: dict[str, Measured]) -> str:
    return _table(
        ("against", f"preview, requests/s at {CONNECTIONS}", "preview, p50 at 1", "quote page, p50 at 1"),
        (
            (
                name,
                f"{throughput_ratio(preview, bare_view):.2f} ×",
                f"{p50_ratio(preview, bare_view):.2f} ×",
                f"{p50_ratio(page, bare_view):.2f} ×",
            )
            for name, bare_view in list(kinds.items())[:3]
        ),
    )


def _pages(figures: Figures) -> str:
    return _table(
        ("page", "person", "statements", "p50 few", "p50 many", "p95 few", "p95 many"),
        (
            (
                growth.page,
                growth.person,
                str(growth.many_statements),
                *(
                    f"{typical(loads, figure):.1f} ms"
                    for figure in ("p50_ms", "p95_ms")
                    for loads in (growth.few, growth.many)
                ),
            )
            for growth in figures.pages.growths
        ),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
