"""Meters, limits and budgets around every request."""
