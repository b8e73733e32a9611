"""Every error the gateway raises on purpose, and the one JSON shape they all take on a wire.

VoiceGatewayError
├── ConfigError                 the configuration cannot be used
├── DatabaseUnavailable         the database cannot be read or written now
├── BadRequest                  the request is malformed
│   ├── ModelResolutionError    no target answers to that model string
│   └── PayloadTooLarge
├── Unauthorized
├── Forbidden
│   └── EgressDenied            the target may not receive this project's data
├── NotFound
├── SecretsLocked               the OS keychain does not give its secrets now
├── RateLimitExceeded
├── BudgetError
│   ├── BudgetExceededError     action `block`
│   └── BudgetThrottleSignal    action `throttle`
├── EngineError
│   ├── EngineUnavailable       cannot be started, or is backing off
│   ├── EngineCrashed           ended while it served the request
│   ├── EngineTimeout           made no progress while the request was open
│   ├── ModelNotInstalled
│   └── ModelTooLarge           does not fit under the memory ceiling
└── UpstreamError               an HTTP or WebSocket upstream refused or failed
    └── Redirected              it sent a redirect, which is not followed
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

UNREACHED = "upstream_unreachable"
"""Code of an UpstreamError that came before anything was sent."""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "x"?` for the nearest known name, or an empty string."""
    # imported with the first wrong name
    from difflib import get_close_matches

    near = get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


class VoiceGatewayError(Exception):
    """Base of all errors raised on purpose; `str()` is a sentence a person can act on."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    default_code: ClassVar[str | None] = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.param = param
        self.retry_after = retry_after
        """Seconds after which the same request may succeed; sent as `Retry-After`."""

    def reworded(self, message: str) -> Self:
        """Replace this error's message and return it, for callers that know more than the place that raised it."""
        self.message, self.args = message, (message,)
        return self

    def body(self) -> dict[str, Any]:
        """The OpenAI error shape."""
        return error_body(self.message, self.type, self.code, self.param)


def error_body(message: str, type: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """`{"error": {"message", "type", "code", "param"}}`, the only error shape on any HTTP route."""
    return {"error": {"message": message, "type": type, "code": code, "param": param}}


class ConfigError(VoiceGatewayError):
    """The configuration cannot be used; `problems` lists each one as `path: sentence`."""

    status = 503
    type = "config_error"
    default_code = "invalid_config"

    def __init__(self, message: str, problems: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.problems = tuple(problems)


class DatabaseUnavailable(VoiceGatewayError):
    """The database cannot be read or written now; requests are served all the same."""

    status = 503
    default_code = "database_unavailable"


class BadRequest(VoiceGatewayError):
    """The request is malformed."""

    status = 400
    type = "invalid_request_error"


class ModelResolutionError(BadRequest, ValueError):
    """No target answers to that model string."""

    status = 404
    default_code = "model_not_found"

    def __init__(self, message: str, **kwargs: Any) -> None:
        kwargs.setdefault("param", "model")
        super().__init__(message, **kwargs)


class PayloadTooLarge(BadRequest):
    """The body, frame or recording is over a limit; the message names the limit."""

    status = 413
    default_code = "payload_too_large"


class Unauthorized(VoiceGatewayError):
    """No key, or not a valid one."""

    status = 401
    type = "authentication_error"
    default_code = "invalid_api_key"


class Forbidden(VoiceGatewayError):
    """A valid key that may not do this, or a Host or Origin that may not ask."""

    status = 403
    type = "permission_error"
    default_code = "forbidden"


class RequestStopped(Forbidden):
    """A person ended the request while it ran. Not a 5xx: clients would send the request again."""

    default_code = "request_stopped"

    def __init__(self) -> None:
        super().__init__("A person at the gateway stopped this request.")


class EgressDenied(Forbidden):
    """The target lies outside the zone this project's data may enter."""

    default_code = "egress_denied"


class NotFound(VoiceGatewayError):
    """The named thing does not exist."""

    status = 404
    type = "invalid_request_error"
    default_code = "not_found"


class SecretsLocked(VoiceGatewayError):
    """The OS keychain is locked, does not answer or cannot be reached, so a stored secret cannot be read or kept."""

    status = 503
    default_code = "keychain_locked"


class RateLimitExceeded(VoiceGatewayError):
    """Too many requests in the window; `retry_after` says when the next one fits."""

    status = 429
    type = "rate_limit_error"
    default_code = "rate_limit_exceeded"


class BudgetError(VoiceGatewayError):
    """The project's daily budget does not allow this request now."""

    status = 429
    type = "insufficient_quota"
    default_code = "insufficient_quota"


class BudgetExceededError(BudgetError):
    """Budget action `block`: the request is refused."""


class BudgetThrottleSignal(BudgetError):
    """Budget action `throttle`: the request must wait or take a cheaper target."""


class EngineError(VoiceGatewayError):
    """A local engine could not serve the request."""

    status = 503
    type = "engine_error"


class EngineUnavailable(EngineError):
    """The engine cannot be started, or is backing off after failures."""

    default_code = "engine_unavailable"


class EngineCrashed(EngineError):
    """The engine's process ended while it served the request."""

    status = 502
    default_code = "engine_crashed"


class EngineTimeout(EngineError):
    """The engine made no progress while the request was open."""

    status = 504
    default_code = "engine_timeout"


class ModelNotInstalled(EngineError):
    """The model is known but its files are not here; the message names the pull command."""

    status = 404
    default_code = "model_not_installed"


class ModelTooLarge(EngineError):
    """The model cannot fit under the memory ceiling; the message names the sizes."""

    default_code = "model_too_large"


class UpstreamError(VoiceGatewayError):
    """An upstream server refused or failed; `upstream_status` is its HTTP status when it gave one."""

    status = 502
    type = "upstream_error"
    default_code = "upstream_error"

    def __init__(self, message: str, *, upstream_status: int | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.upstream_status = upstream_status


class Diverted(UpstreamError):
    """The way to an upstream led to an address that is not its own; `to` names it; it received nothing."""

    def __init__(self, message: str, *, to: str = "", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.to = to


class Redirected(Diverted):
    """An upstream answered with a redirect, which was not followed."""

    default_code = "upstream_redirect"
