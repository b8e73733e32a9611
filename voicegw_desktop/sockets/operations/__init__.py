"""Operations, events and metrics over HTTP."""
