"""Partners: resellers, their tier, their team, and who at the vendor looks after them."""
