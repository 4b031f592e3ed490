"""What documents say and are, as plain data. Pure."""
