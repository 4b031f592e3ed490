"""Readjustments: the IGP-M month by month, and the yearly rise of what running contracts cost."""
