"""Audio that the doors share: WAV, G.711, recordings, languages, voices."""
