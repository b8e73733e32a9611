"""The journal and the writer in front of SQLite, roll-ups, percentiles."""

from voicegw_desktop.storage.allocator import count_no_memory

count_no_memory()
