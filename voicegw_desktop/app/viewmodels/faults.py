"""What kind of fault a code of the gateway stands for, for sentences that the window does not know word by word."""

from __future__ import annotations

from voicegw_desktop.app.language import tr

OTHER = "The gateway could not do this."
FAULTS: dict[str, tuple[str, ...]] = {
    "A key is missing or refused.": ("missing_api_key", "provider_not_configured", "upstream_unauthorized"),
    "A value is not valid.": (
        "empty_audio", "invalid_json_schema", "invalid_name", "invalid_period", "invalid_text", "invalid_value",
        "payload_too_large", "unknown_parameter", "unsupported_content",
    ),
    "An update is being installed already.": ("update_running",),
    "Fetching was stopped.": ("pull_cancelled", "pull_paused"),
    "Microphone or speaker does not answer.": ("ended", "not_played", "sound_busy", "sound_ended", "sound_timeout"),
    "Nothing may leave this machine now.": ("egress_denied", "offline"),
    "It does not exist.": ("model_not_found", "no_backend", "not_found", "stack_not_found", "unknown_provider"),
    "The budget is spent.": ("insufficient_quota",),
    "The configuration cannot be used.": ("invalid_config",),
    "The database cannot be used.": ("database_too_new", "database_unavailable", "database_unusable"),
    "The disk is full.": ("disk_full",),
    "The engine does not answer.": ("bad_wire", "engine_crashed", "engine_timeout", "engine_unavailable"),
    "The engine is not installed.": ("engine_not_installed", "npm_missing", "pip_missing"),
    "The files of the model cannot be used.": (
        "bad_source", "hash_mismatch", "model_corrupt", "model_store", "models_folder", "source_failed",
    ),
    "The keychain is locked, so the keys in it cannot be used.": ("keychain_locked",),
    "The model is in use.": ("model_in_use",),
    "The model is not installed.": ("model_not_installed",),
    "The model needs more memory than there is.": ("model_too_large",),
    "The pack cannot be used.": ("no_packs", "pack_in_use", "packs_folder"),
    "The provider does not answer as it should.": (
        "upstream_error", "upstream_redirect", "upstream_timeout", "upstream_unreachable",
    ),
    "The request was stopped.": ("request_stopped", "stall", "stream_ended"),
    "The update cannot be used.": (
        "bad_archive", "bad_manifest", "bad_signature", "cannot_update", "no_archive", "other_installer",
        "updates_folder",
    ),
    "This cannot be done here.": (
        "modality_not_supported", "not_served", "not_supported", "tracking_off", "unsupported_model",
    ),
    "This is not allowed.": (
        "forbidden", "invalid_api_key", "microphone_not_allowed", "other_project", "refused_address",
    ),
    "Too many requests at once.": ("rate_limit_exceeded",),
}  # fmt: skip
"""Kind of fault → its codes."""
BY_CODE = {code: kind for kind, codes in FAULTS.items() for code in codes}


def in_english(sentence: str, code: str) -> str:
    """The kind of fault in the language in force, then the English sentence; the sentence alone in English."""
    kind = BY_CODE.get(code, OTHER)
    fault = tr(kind)
    return sentence if fault == kind else tr("{fault} In English: {said}", fault=fault, said=sentence)
