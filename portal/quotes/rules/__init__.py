"""Decisions about quotes: states, approvals, deals, reasons, words. Pure."""
