"""Prices with their source and date."""
