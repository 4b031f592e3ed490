"""Decisions about notas fiscais, split by question. Pure."""
