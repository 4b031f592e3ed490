"""The bank of tests and demonstration, which tells us of payments as a bank does."""
