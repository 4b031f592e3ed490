"""What pages of the overdue room say, and what it says on others'."""
