"""The gateway without any wire or window: configuration, routes, events, errors, the corridor every request walks."""
