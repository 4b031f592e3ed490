"""Reads of notas fiscais, split by purpose."""
