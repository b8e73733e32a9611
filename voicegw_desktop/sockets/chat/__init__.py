"""Chat as the doors share it: an answer's pieces, whatever wire they go out on."""
