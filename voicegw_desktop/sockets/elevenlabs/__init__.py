"""Doors in ElevenLabs' form."""
