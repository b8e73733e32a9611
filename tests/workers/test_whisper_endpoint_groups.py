"""Chunks that bring nothing new may be heard together: no start, pause or end is noticed later than chunk by chunk."""

from __future__ import annotations

import random

import pytest

from voicegw_desktop.workers.whisper.endpoint import Endpointer

pytestmark = pytest.mark.unit


def chunks(seed: int, count: int) -> list[tuple[float, float]]:
    """(probability, level) of made-up speech: runs of voice that fade, hesitate and rest."""
    chance = random.Random(seed)
    found: list[tuple[float, float]] = []
    while len(found) < count:
        found += [(chance.uniform(0.5, 1.0), chance.uniform(0.2, 1.0)) for _ in range(chance.randint(1, 20))]
        # the detector still says voice, the ear does not
        found += [(chance.uniform(0.5, 1.0), chance.uniform(0.0, 0.1)) for _ in range(chance.randint(0, 5))]
        found += [(chance.uniform(0.3, 0.5), chance.uniform(0.0, 1.0)) for _ in range(chance.randint(0, 3))]
        found += [(chance.uniform(0.0, 0.35), 0.01) for _ in range(chance.choice((1, 2, 3, 4, 6, 12, 20)))]
    return found


@pytest.mark.parametrize("seed", range(40))
def test_only_the_last_of_the_chunks_heard_together_changes_anything(seed: int) -> None:
    ends = Endpointer(400.0)
    heard = iter(chunks(seed, 600))
    sizes = set()
    while together := [one for _, one in zip(range(ends.unchanged), heard, strict=False)]:
        sizes.add(len(together))
        signs = [ends.feed(*one) for one in together]
        assert signs[:-1] == [None] * (len(together) - 1)
    assert {1, 3} <= sizes
