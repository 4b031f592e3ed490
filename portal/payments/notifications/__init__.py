"""What the payments room says to people by mail, split by noun."""
