"""Reads of the home and operations pages: a fixed number of statements, bounded however much there is."""
