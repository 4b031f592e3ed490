"""Receipts: how money comes in, what it pays, and what finance decides about what does not fit."""
