"""What people type in the payments room."""
