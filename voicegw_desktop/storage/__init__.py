"""The journal and the writer in front of SQLite, roll-ups, percentiles."""
