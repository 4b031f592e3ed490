"""Cancellations: a customer asks to leave; what was argued, what was decided, and what follows from it."""
