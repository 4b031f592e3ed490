"""What a card link shows, and what a contract's page says of cards."""
