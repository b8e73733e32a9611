"""The parameters of Deepgram's clients, as its Python SDK 7.17 has them, and what becomes of each."""

from __future__ import annotations

from voicegw_desktop.core.parameters import parameters

_ANALYSIS = "Transcripts are not analysed; send the text to a chat model."
_SPEAKERS = "diarize diarize_model"
_REFUSED = {
    "callback": "Read the results from this request.",
    "multichannel": "Only one channel is served; send mono.",
    "redact": "Nothing is blanked out; leave it out and remove what must not be kept.",
    "replace": "Replace the words in the transcript.",
    "search": "Search the transcript.",
    "detect_entities": _ANALYSIS,
}
_HEARD = "encoding sample_rate model keyterm"
_NOTES = "mip_opt_out tag profanity_filter numerals"

LISTEN = parameters(
    read=f"{_HEARD} {_SPEAKERS} channels detect_language language keywords endpointing interim_results utterance_end_ms"
    " vad_events",
    refused=_REFUSED,
    unused=f"{_NOTES} callback_method dictation extra language_hint punctuate smart_format version",
)
"""`/v1/listen` by WebSocket."""
RECORDING = parameters(
    read=f"encoding model keyterm language keywords detect_language paragraphs utterances request {_SPEAKERS}",
    refused={
        **_REFUSED,
        **dict.fromkeys(("intents", "sentiment", "summarize", "topics", "custom_intent", "custom_topic"), _ANALYSIS),
    },
    unused=f"{_NOTES} callback_method custom_intent_mode custom_topic_mode dictation extra"
    " filler_words language_hint measurements punctuate smart_format utt_split version",
)
"""`/v1/listen` by POST."""
FLUX = parameters(
    read=f"{_HEARD} eager_eot_threshold eot_threshold eot_timeout_ms language_hint",
    refused={name: _REFUSED[name] for name in ("redact", "callback", "multichannel")},
    unused=_NOTES,
)
"""`/v2/listen`."""
SPEAK = parameters(
    read="encoding container model sample_rate speed text",
    refused={"callback": "Read the audio from this request."},
    unused="bit_rate callback_method expressivity mip_opt_out tag",
)
"""`/v1/speak` and `/v2/speak`."""
