"""The gateway without any wire or window: configuration, routes, events, errors, and the corridor every request walks."""
