"""The outside world, one folder a need: an interface in the portal's words and who serves it."""
