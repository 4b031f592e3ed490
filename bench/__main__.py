"""`make bench`: measure everything promised, in one go; status 1 when a limit does not hold.

Prints a table and writes `docs/benchmarks.md`.
"""

import sys

from bench.billing import measure_billing
from bench.books import measure_books
from bench.dunning import measure_dunning
from bench.overdue import measure_overdue
from bench.pages import measure_pages
from bench.paper import measure_paper
from bench.preview import measure_preview
from bench.pricing import measure_pricing
from bench.report import write_report
from bench.returns import measure_returns
from bench.servers import ROOT
from bench.verdicts import Figures, verdicts_of
from bench.workers import measure_workers

REPORT = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    """Measure, print, write; 0 when every limit holds."""
    print("Pricing …", flush=True)
    pricing = measure_pricing()
    print("A contract printed and sealed …", flush=True)
    paper = measure_paper()
    print("Preview and quote page beside a bare Flask view …", flush=True)
    preview = measure_preview()
    print("Pages over a thousand and over half a million quotes …", flush=True)
    pages = measure_pages()
    print("Billing runs of a thousand to a million subscriptions …", flush=True)
    billing = measure_billing()
    print("One billing worker and two …", flush=True)
    workers = measure_workers()
    print("Nights over a hundred thousand subscriptions, one in ten late …", flush=True)
    nights = measure_overdue()
    print("Reminders of a hundred thousand late invoices …", flush=True)
    reminders = measure_dunning()
    print("A return file of a hundred thousand lines …", flush=True)
    returned = measure_returns()
    print("The nightly check and finance's pages over ten thousand and a million invoices …", flush=True)
    books = measure_books()
    figures = Figures(pricing, paper, preview, pages, billing, workers, nights, reminders, returned, books)
    verdicts = verdicts_of(figures)
    for verdict in verdicts:
        print(f"{verdict.word}  {verdict.what:<62}  {verdict.figure:>18}  {verdict.limit}")
    REPORT.write_text(write_report(figures, verdicts), encoding="utf-8")
    return 0 if all(verdict.holds for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
