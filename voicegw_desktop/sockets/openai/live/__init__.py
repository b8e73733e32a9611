"""OpenAI's Live protocol: full-duplex voice, composed as the Realtime door composes it."""
