"""Rules of the cancellations room: the cases, and what follows for time and money."""
