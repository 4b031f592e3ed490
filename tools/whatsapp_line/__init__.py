"""A line of WhatsApp for development and tests: what the Cloud API answers and tells, and what goes wrong."""
