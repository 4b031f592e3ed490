"""Tasks: work that waits for a person, with a due time, an owner, and a result when it is closed."""
