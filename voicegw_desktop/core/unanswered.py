"""Why a gateway that was asked gave no answer, in words for people."""

from __future__ import annotations


def why(error: BaseException) -> str:
    """The reason, without numbers of errors and names of classes; the error's own words where it is of another kind."""
    # a client's error holds that of the system
    cause = getattr(error, "os_error", error)
    if getattr(error, "certificate_error", None) is not None:
        return "its certificate is not trusted"
    if isinstance(cause, ConnectionRefusedError | FileNotFoundError):
        return "nothing listens there"
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, ConnectionError):
        return "the connection ended"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(error) or type(error).__name__
