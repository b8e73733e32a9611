"""The gateway's errors as LiveKit's, so that its retries, fallbacks and session limits see what happened."""

from __future__ import annotations

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from voicegw_desktop.core.errors import EngineTimeout, UpstreamError, VoiceGatewayError

CANNOT_BE_HELPED = frozenset({"engine_not_installed", "model_not_installed", "model_corrupt", "missing_api_key"})
"""Codes that no second attempt changes."""


def as_api_error(error: VoiceGatewayError) -> APIError:
    """A status LiveKit does not retry stays one; crashes and lost connections may be tried again."""
    if isinstance(error, EngineTimeout):
        return APITimeoutError(error.message)
    retryable = error.code not in CANNOT_BE_HELPED
    if isinstance(error, UpstreamError) and error.upstream_status is None:
        return APIConnectionError(error.message, retryable=retryable)
    status = (error.upstream_status if isinstance(error, UpstreamError) else None) or error.status
    return APIStatusError(error.message, status_code=status, body=error.body(), retryable=retryable and status >= 429)
