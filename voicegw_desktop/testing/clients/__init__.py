"""Unmodified client packages tried against a served gateway; run as a folder, also by interpreters without this package."""
