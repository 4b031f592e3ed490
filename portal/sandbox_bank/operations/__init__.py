"""What the bank of the tests does, split by noun."""
