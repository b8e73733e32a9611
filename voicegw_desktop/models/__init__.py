"""The catalogue and the store of models: pull, verify, import, remove."""

from voicegw_desktop.models.listing import ModelInfo, VerifyReport
from voicegw_desktop.models.store import ModelStore

__all__ = ["ModelInfo", "ModelStore", "VerifyReport"]
