"""Use cases of notas fiscais, split by phase."""
