"""What the page of an invoice shows."""
