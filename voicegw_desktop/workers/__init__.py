"""What runs in child processes only."""
