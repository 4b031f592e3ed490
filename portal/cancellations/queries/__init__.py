"""Reads of the cancellations room: cases, what a settlement goes by, numbers."""
