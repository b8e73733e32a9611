"""Which form of a network is fastest here: measured once on each machine, the result kept in the cache folder."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

MARGIN = 0.9
"""A later candidate must take less than this share of an earlier one's time: small differences are noise."""
RESULTS = 6
"""Results kept in one file: the forms on each device, and the devices, for two numbers of threads."""


def fastest(
    names: Sequence[str], measure: Callable[[str], float], file: Path | None, key: str
) -> tuple[str, Mapping[str, float]]:
    """(the fastest of `names`, seconds by name). `measure` is called for each unless `file` has a result for `key`.

    The first is the one to prefer; one that cannot be measured is left out. Raises what `measure` raised for the first
    when none can.
    """
    if len(names) == 1:
        return names[0], {}
    took = kept(file, key, names)
    if took is None:
        took = _measured(names, measure)
        keep(file, key, took)
    best = next(name for name in names if name in took)
    for name in names:
        if name in took and took[name] < MARGIN * took[best]:
            best = name
    return best, took


def _measured(names: Sequence[str], measure: Callable[[str], float]) -> dict[str, float]:
    took: dict[str, float] = {}
    first: Exception | None = None
    for name in names:
        try:
            took[name] = round(measure(name), 4)
        except Exception as error:  # for any error, another candidate may work
            log.warning("the network %s cannot be used here: %s: %s", name, type(error).__name__, error)
            first = first or error
    if not took:
        assert first is not None
        raise first
    return took


def kept(file: Path | None, key: str, names: Sequence[str]) -> dict[str, float] | None:
    """Seconds by name as kept under `key`; None where nothing is."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
        raw = json.loads(file.read_text())[key] if file else {}
        took = {name: float(raw[name]) for name in names if name in raw}
        return took or None
    return None


def keep(file: Path | None, key: str, took: Mapping[str, float]) -> None:
    """Keep these seconds under `key`; a file that cannot be written is no error, they are measured again."""
    if file is None:
        return
    results: dict[str, object] = {}
    with contextlib.suppress(OSError, ValueError, TypeError):
        results = dict(json.loads(file.read_text()))
    results.pop(key, None)
    # few: results for another file, version or card are not used again
    latest = [*results.items(), (key, dict(took))][-RESULTS:]
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(dict(latest)))
