"""What can go wrong while models are fetched, checked or removed.

VoiceGatewayError
└── ModelStoreError     the base; `code` tells them apart on a wire
    ├── BadSource       an import was given a place that cannot be used
    ├── PullStopped     paused or cancelled
    ├── DiskFull        no room; what was fetched stays and is resumed
    ├── FolderReadOnly  nothing may be changed in the folder of models
    ├── Offline         offline mode; nothing was tried
    ├── SourceFailed    one source could not deliver; the next is tried
    ├── HashMismatch    the bytes are not what the catalogue pins
    └── ModelInUse      something depends on the model, or it is being pulled
"""

from __future__ import annotations

from voicegw_desktop.core.errors import VoiceGatewayError


class ModelStoreError(VoiceGatewayError):
    """A model could not be fetched, checked, imported or removed."""

    type = "model_store_error"
    default_code = "model_store"


class BadSource(ModelStoreError):
    """The place named for an import cannot be used: it is not there, or holds too much."""

    status = 400
    type = "invalid_request_error"
    default_code = "bad_source"


class PullStopped(ModelStoreError):
    """The pull was paused (the fetched part stays) or cancelled (it does not)."""

    status = 409
    default_code = "pull_paused"


class DiskFull(ModelStoreError):
    """The disk has no room; what was fetched stays and the next pull goes on from there."""

    status = 507
    default_code = "disk_full"


class FolderReadOnly(ModelStoreError):
    """Nothing may be changed in the folder of models."""

    status = 507
    default_code = "models_folder"


class Offline(ModelStoreError):
    """Offline mode is on and the model would have to come from the network."""

    status = 503
    default_code = "offline"


class SourceFailed(ModelStoreError):
    """This source could not deliver."""

    status = 502
    default_code = "source_failed"


class HashMismatch(SourceFailed):
    """The bytes that arrived are not the pinned ones; they were thrown away."""

    default_code = "hash_mismatch"


class ModelInUse(ModelStoreError):
    """Something depends on the model, or another process works on it."""

    status = 409
    default_code = "model_in_use"
