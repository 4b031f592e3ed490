"""Referrals: a customer's code brings another customer, and both get a discount, once."""
