"""What stands in the way of a PostgreSQL of our own."""


class NoPostgres(Exception):
    """Cannot start one; the message is one sentence for the person at the command line."""
