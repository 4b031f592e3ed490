"""Notas fiscais de serviço: one of each service of a month, issued by the national tax office."""
