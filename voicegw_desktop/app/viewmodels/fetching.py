"""The progress of several downloads together: one total from the first click on, and a speed averaged since then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.viewmodels.starting import Starter
from voicegw_desktop.app.viewmodels.state import Pull
from voicegw_desktop.app.viewmodels.words import size, to_go

SETTLED = 5.0  # s after which a speed can be told
UNREACHED = "No connection. Nothing was fetched; try again when the network is back."


class Fetching:
    """Models that were asked for together; those that are done stay in the total."""

    def __init__(self, wanted: Sequence[Starter], pulls: Mapping[str, Pull], now: float) -> None:
        """`now` in seconds of any clock, also below."""
        self._wanted, self._began = list(wanted), now
        self._before = self.done(pulls)

    def total(self, pulls: Mapping[str, Pull]) -> int:
        """Bytes of all of them."""
        return sum(max(s.size_bytes, pulls[s.id].total if s.id in pulls else 0) for s in self._wanted)

    def done(self, pulls: Mapping[str, Pull]) -> int:
        """Bytes that are here."""
        found = ((s, pulls[s.id]) for s in self._wanted if s.id in pulls)
        return sum(max(s.size_bytes, p.total) if p.state == "installed" else p.done for s, p in found)

    def share(self, pulls: Mapping[str, Pull]) -> float:
        """0 to 1."""
        return min(1.0, self.done(pulls) / (self.total(pulls) or 1))

    def words(self, pulls: Mapping[str, Pull], now: float) -> str:
        """`120 MB of 309 MB, about 40 s to go.`; no time to go before the speed has settled, and none of many hours."""
        done, total, spent = self.done(pulls), self.total(pulls), now - self._began
        rate = (done - self._before) / spent if spent >= SETTLED else 0.0
        time = to_go(total - done, rate)
        left = tr(", about {time} to go", time=time) if time else ""
        return tr("{size} of {size2}{left}.", size=size(done), size2=size(total), left=left)


def failure(message: str) -> str:
    """One sentence for a download that failed."""
    return tr(UNREACHED) if "cannot be reached" in message else told(message) or tr("It could not be fetched.")


def failures(errors: Mapping[str, str]) -> tuple[str, str]:
    """One sentence for models that could not be fetched (id → why), and what was said of each where that is more."""
    sentences = [failure(why) for why in errors.values()]
    details = "\n".join(f"{model}: {told(why)}" for model, why in errors.items())
    if len(set(sentences)) == 1:
        return sentences[0], "" if sentences[0] == told(next(iter(errors.values()))) else details
    return tr("{n} models could not be fetched. {first}", n=len(errors), first=sentences[0]), details
