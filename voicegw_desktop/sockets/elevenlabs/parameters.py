"""The parameters of ElevenLabs' clients, as its Python SDK 2.78 has them, and what becomes of each."""

from __future__ import annotations

from voicegw_desktop.core.parameters import parameters

_NO_URL = "A url to fetch is not served; send the recording as file."
_ENTITIES = "Nothing is looked for or blanked out in transcripts."

SPEAK = parameters(
    read="text voice_id model_id language_code output_format voice_settings",
    unused="apply_language_text_normalization apply_text_normalization audio_effects auto_mode enable_logging"
    " enable_ssml_parsing inactivity_timeout next_request_ids next_text optimize_streaming_latency"
    " previous_request_ids previous_text pronunciation_dictionary_locators seed sync_alignment use_pvc_as_ivc",
)
"""Every route that speaks."""
TRANSCRIBE = parameters(
    read="cloud_storage_url diarize file file_format keyterms language_code model_id num_speakers source_url"
    " timestamps_granularity",
    refused={
        "cloud_storage_url": _NO_URL,
        "source_url": _NO_URL,
        "additional_formats": "Subtitles come from /v1/audio/transcriptions with response_format srt or vtt.",
        "entity_detection": _ENTITIES,
        "entity_redaction": _ENTITIES,
        "transcript_edit": "Edit the transcript that comes back.",
        "use_multi_channel": "Only one channel is served; send mono.",
        "webhook": "Read the transcript from this request.",
    },
    unused="detect_speaker_roles diarization_threshold enable_logging entity_redaction_mode"
    " multichannel_output_style no_verbatim numbers_format secondary_language_codes seed"
    " tag_audio_events temperature token use_speaker_library webhook_id webhook_metadata",
)
"""`POST /v1/speech-to-text`."""
