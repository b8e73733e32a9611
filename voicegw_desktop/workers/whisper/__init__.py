"""Speech to text inside the whisper worker: voice detection, endpointing, decoding, streams and recordings."""
