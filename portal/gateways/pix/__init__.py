"""Giving a Pix back, by the bank's interface."""
