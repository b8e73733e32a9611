"""Requests per minute, by provider and by project, over a window that slides."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from voicegw_desktop.config.schema import RateLimit
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import RateLimitExceeded

WINDOW = 60_000_000_000  # ns


class RateLimiter:
    """Limits by name: `openai` holds for all projects together, `sales/openai` for one, `sales/*` for all its requests.

    A provider or project without a limit is never refused and costs nothing.
    """

    def __init__(self, limits: Mapping[str, RateLimit | int] | None = None, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        self._limits: dict[str, int] = {}
        self._taken: dict[str, deque[int]] = {}
        self.configure(limits or {})

    def configure(self, limits: Mapping[str, RateLimit | int]) -> None:
        """Take new limits; what was admitted in the last minute still counts."""
        self._limits = {
            name: limit if isinstance(limit, int) else limit.requests_per_minute for name, limit in limits.items()
        }
        self._taken = {name: taken for name, taken in self._taken.items() if name in self._limits}

    def acquire(self, provider: str, project: str | None = None) -> None:
        """Admit one request, or raise RateLimitExceeded with `retry_after`; a refused one takes no slot anywhere."""
        if not self._limits:
            return
        names = [provider] if project is None else [provider, f"{project}/{provider}", f"{project}/*"]
        now = self._clock.monotonic_ns()
        windows = []
        for name in names:
            limit = self._limits.get(name)
            if limit is None:
                continue
            taken = self._taken.setdefault(name, deque())
            while taken and taken[0] <= now - WINDOW:
                taken.popleft()
            if len(taken) >= limit:
                # a lowered limit leaves more in the window than fit: wait until enough of them have left it
                wait = (taken[len(taken) - limit] + WINDOW - now) / 1e9
                raise RateLimitExceeded(
                    f'rate_limits."{name}" allows {limit} requests a minute and they are used up; '
                    f"the next one fits in {wait:.1f} s.",
                    retry_after=wait,
                )
            windows.append(taken)
        for taken in windows:
            taken.append(now)

    def status(self) -> dict[str, dict[str, int]]:
        """`{name: {limit, used}}` of the last minute."""
        oldest = self._clock.monotonic_ns() - WINDOW
        return {
            name: {"limit": limit, "used": sum(at > oldest for at in self._taken.get(name, ()))}
            for name, limit in self._limits.items()
        }
