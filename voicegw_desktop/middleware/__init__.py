"""Cost, latency, rate limits, budgets and loop lag."""
