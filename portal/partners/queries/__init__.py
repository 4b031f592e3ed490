"""Reads of the partners room: who is asking, which partners and people that person may see."""
