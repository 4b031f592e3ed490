"""Catalog: published price lists. A list never changes; a new one replaces it from its first day."""
