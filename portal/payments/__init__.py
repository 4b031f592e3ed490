"""Payments: cards, boletos, Pix and TEDs; how money comes in, and what it pays."""
