"""The configuration: its schema, the file, stored rows, and where each value comes from."""
