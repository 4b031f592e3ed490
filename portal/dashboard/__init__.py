"""Dashboard: the first page of each role, and the health of the house for the admin."""
