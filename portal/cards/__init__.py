"""Cards: their registration, and what is charged to them."""
