"""LiveKit Inference."""
