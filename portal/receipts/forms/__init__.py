"""What people type in the receipts room."""
