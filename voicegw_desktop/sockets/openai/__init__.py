"""OpenAI's REST routes."""
