"""Reads of the readjustments room."""
