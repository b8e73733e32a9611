"""A chat is billed at the service tier that served it."""

from __future__ import annotations

import pytest

from tests.support.corridors import CALLER, World, world
from tests.support.fake_backends import answer
from voicegw_desktop.core.events import Usage

pytestmark = pytest.mark.unit


async def used(w: World, tier: object) -> Usage:
    """What a chat that asks for this tier used."""
    asked = {"model": "groq/llama", "stream": True, "messages": [], "service_tier": tier}
    await (await w.corridor.chat(CALLER, "groq/llama", asked)).read()
    usage = w.meters.reports[0].legs[0].usage
    assert usage is not None
    return usage


@pytest.mark.parametrize(
    ("asked", "told", "billed"),
    [
        ("priority", None, "priority"), ("flex", None, "flex"), ("auto", None, ""), (None, None, ""), (7, None, ""),
        # what served is billed, not what was asked for
        ("priority", "default", ""), ("auto", "priority", "priority"), (None, "flex", "flex"),
    ],
)  # fmt: skip
async def test_the_tier_that_served_is_billed(asked: object, told: str | None, billed: str) -> None:
    w = world()
    if told:
        named = b'"service_tier": "%s", "usage"' % told.encode()
        w.llm.chunks = [chunk.replace(b'"usage"', named) for chunk in answer(["a"])]
    assert (await used(w, asked)).tier == billed


async def test_without_usage_the_tier_is_the_one_asked_for() -> None:
    w = world()
    w.llm.chunks = answer(["a"], usage=False)
    assert (await used(w, "priority")).tier == "priority"
