"""What the views show, as plain state that changes by events; no widget here."""
