"""Microphone and speaker: devices in a child process, and what speaks and listens through the gateway with them."""
