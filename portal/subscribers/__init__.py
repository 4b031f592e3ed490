"""Subscribers: the Central do Assinante, where people of a customer look after their own account."""
