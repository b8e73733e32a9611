import ctypes
from enum import IntEnum

class ModelArch(IntEnum):
    TINY = 0
    BASE = 1
    TINY_STREAMING = 2
    BASE_STREAMING = 3
    SMALL_STREAMING = 4
    MEDIUM_STREAMING = 5

class TranscriptLineC(ctypes.Structure):
    text: ctypes._Pointer[ctypes.c_char]

class TranscriptC(ctypes.Structure):
    lines: ctypes._Pointer[TranscriptLineC]
    line_count: int
