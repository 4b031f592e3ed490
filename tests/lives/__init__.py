"""Whole lives of customers: sold, signed, billed for years, paid in every way, checked after every step."""
