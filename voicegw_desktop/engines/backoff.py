"""How long an engine is not started after failures in a row, and how often it is restarted without a request."""

from __future__ import annotations

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import EngineCrashed, EngineError, EngineUnavailable, VoiceGatewayError

NANO = 1_000_000_000
BACKOFF_FIRST = 1.0  # s before the second restart in a row; the first is at once
BACKOFF_LONGEST = 60.0  # s
AUTO_RESTARTS = 3  # restarts in a row without a request
WAIT_FOR_BACKOFF = 2.0  # s a request waits for a restart rather than being refused


class Backoff:
    """The failures of one engine since it last served."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.failures = 0
        """In a row."""
        self.last_error: VoiceGatewayError | None = None
        """Why the last start failed; None once a start succeeded."""
        self._restarts = 0
        self._retry_at_ns = 0

    def failed(self, error: VoiceGatewayError) -> None:
        """Count a failure. The next start is at once after a first crash, and later from failure to failure."""
        self.failures += 1
        delay = 0.0
        if self.failures > 1 or not isinstance(error, EngineCrashed):
            delay = min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** max(0, self.failures - 2))
        self._retry_at_ns = self._clock.monotonic_ns() + round(delay * NANO)
        self.last_error = error

    def served(self) -> None:
        """A request was served: the count of failures begins again at 0."""
        self.failures = self._restarts = 0

    def forgive(self) -> None:
        """Forget the failures, so that the next start is not delayed."""
        self.served()
        self.over()
        self.last_error = None

    def over(self) -> None:
        """Whether the wait after a failure is over."""
        self._retry_at_ns = 0

    def remaining_s(self) -> float:
        """Seconds of the wait that remain."""
        return max(0.0, (self._retry_at_ns - self._clock.monotonic_ns()) / NANO)

    def may_restart(self) -> bool:
        """Whether it is restarted now without a request; counted."""
        if self._restarts >= AUTO_RESTARTS:
            return False
        self._restarts += 1
        return True

    def wait_s(self, name: str, reason: str) -> float:
        """Seconds that a request waits before the start; raises EngineError when it is refused instead.

        `name` and `reason` (what the engine did) are for the sentence.
        """
        wait, last = self.remaining_s(), self.last_error
        if wait <= WAIT_FOR_BACKOFF and (wait <= 0 or last is None):
            return wait
        if last is not None and type(last) is not EngineCrashed:
            cls = type(last) if isinstance(last, EngineError) else EngineUnavailable
            raise cls(last.message, code=last.code, retry_after=wait)
        raise EngineUnavailable(
            f"{name} failed {self.failures} times in a row and rests for {wait:.0f} s; it {reason}.",
            retry_after=wait,
        )
