"""VoiceGateway Desktop: local speech and language engines, and cloud ones, behind one socket and one tray icon."""

__version__ = "0.1.0"
