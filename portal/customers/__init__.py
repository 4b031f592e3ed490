"""Customers: whom the partners sell to, their contacts and signatory, and their timeline."""
