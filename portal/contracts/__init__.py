"""Contracts: what was sold, from the accepted quote to the end, and the paper that says so."""
