"""A company in full life: months of history, lived through the clock and the real operations, and kept."""
