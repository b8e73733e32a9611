"""Doors in Deepgram's form."""
