"""Unmodified client packages tried against a served gateway; any interpreter can run this folder."""
