"""Provider keys, gateway keys, and where they are kept."""
