"""OpenAI's Realtime WebSocket."""
