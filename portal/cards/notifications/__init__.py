"""What the cards room says to people by mail, split by noun."""
