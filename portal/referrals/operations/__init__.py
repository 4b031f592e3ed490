"""Use cases of the referrals room."""
