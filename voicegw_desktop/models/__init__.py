"""The model store: what can be pulled, what is here, and whether it is whole."""

from voicegw_desktop.models.listing import ModelInfo, VerifyReport
from voicegw_desktop.models.store import ModelStore

__all__ = ["ModelInfo", "ModelStore", "VerifyReport"]
