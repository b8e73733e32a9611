"""How long what is recorded is kept, and how large the database may become."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from voicegw_desktop.config.section import Section
from voicegw_desktop.config.units import Size

SHORTEST_DAYS = 7
"""What is younger is never removed: a request that runs, or a journal that a killed program left, is younger still."""


def _long_enough(days: int) -> int:
    if 0 < days < SHORTEST_DAYS:
        raise ValueError(f"the last {SHORTEST_DAYS} days are always kept; write 0 for ever, or {SHORTEST_DAYS} or more")
    return days


Days = Annotated[int, Field(ge=0, le=36_500), AfterValidator(_long_enough)]


class RetentionConfig(Section):
    """How long what is recorded is kept. Costs by day, month and year are kept for ever, whatever is removed."""

    requests_days: Days = 730
    """Single requests; 0: for ever; else 7 at least."""
    turns_days: Days = 730
    """Turns of conversations; 0: for ever; else 7 at least. A session stays as long as its requests or turns."""
    latency_days: Days = 400
    """Histograms of days, after which those of months and years answer; 0: for ever; else 7 at least."""
    transcripts_days: int = Field(default=30, ge=0, le=36_500)
    """What was said, where observability.transcripts keeps it; 0: as long as its turn."""
    egress_days: int = Field(default=90, ge=0, le=36_500)
    """The log of what left this machine, of which the newest 100,000 entries are kept at most; 0: whatever its age."""
    max_size: Size = 10 * 1024**3
    """Size of the database above which the oldest requests, then turns, are removed before their time; none: any."""
