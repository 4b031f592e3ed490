"""The journeys' browser, for faults that people meet."""

from tests.journeys.conftest import complaints, open_browser

__all__ = ["complaints", "open_browser"]
