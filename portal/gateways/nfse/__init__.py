"""Notas fiscais de serviço at the national tax office: built, checked, signed and sent."""
