"""Use cases of the cancellations room: opening, arguing, deciding, and the alarm of the evening."""
