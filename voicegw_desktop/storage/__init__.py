"""What was served, kept in SQLite: records, sums, histograms, sessions, managed configuration."""
