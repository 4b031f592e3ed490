"""What every room stands on: a closed list of small modules, none of which knows a room."""
