"""Card payments: the processor keeps the cards, we keep its references."""
