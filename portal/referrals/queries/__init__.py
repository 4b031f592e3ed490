"""Reads of the referrals room."""
