"""Reads of the quotes room. Each takes the person asking and shows only what that person may see."""
