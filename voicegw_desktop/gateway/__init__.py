"""The gateway: its parts put together, and the operations on it."""
