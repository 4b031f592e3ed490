"""What people type or upload about customers."""
