"""Settings: the numbers of the business that an admin can change."""
