"""A tax office for development and tests: what SEFIN Nacional answers, and what goes wrong with it."""
