"""Tray, window and view models; the loop that runs asyncio inside Qt's. The only room with PySide6."""
