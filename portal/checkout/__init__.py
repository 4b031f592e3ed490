"""Checkout: the page on which an invoice is paid, by whatever way."""
