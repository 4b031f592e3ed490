"""Who may sign, in which state, how often; and what a sealed file tells. Pure."""
