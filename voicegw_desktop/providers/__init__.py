"""One module for each provider; LiveKit's plugins are imported when they are used, in workers and agents only."""
