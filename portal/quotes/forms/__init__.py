"""The quote builder's form: what was typed, read and priced, and the texts the page shows for it."""
