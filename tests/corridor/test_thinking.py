"""`routing.llm.reasoning` on its way to the target, and thoughts that are not spoken."""

from __future__ import annotations

import pytest

from tests.support.corridors import CALLER, collect, world
from voicegw_desktop.core.ports import TtsOptions
from voicegw_desktop.core.reasoning import Thoughts

pytestmark = pytest.mark.unit


async def test_the_setting_goes_before_what_a_request_asks() -> None:
    place = world(routing={"llm": {"reasoning": "off"}})
    body = {"messages": [], "stream": True, "reasoning_effort": "high"}
    for name in ("llamacpp/qwen3-4b", "ollama/qwen3:4b", "openai/gpt-5.4-mini"):
        run = await place.corridor.chat(CALLER, name, body)
        await run.read()
    local, ollama, cloud = place.llm.bodies
    assert local["chat_template_kwargs"]["enable_thinking"] is False
    assert "reasoning_effort" not in local
    assert ollama["reasoning_effort"] == cloud["reasoning_effort"] == "none"


async def test_requests_are_left_alone_where_nothing_is_set() -> None:
    place = world()
    run = await place.corridor.chat(
        CALLER, "ollama/qwen3:4b", {"messages": [], "stream": True, "reasoning_effort": "high"}
    )
    await run.read()
    assert place.llm.bodies[0]["reasoning_effort"] == "high"


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("<think>", "</think>"), ("<seed:think>", "</seed:think>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷")],
)
def test_thoughts_of_several_makers_are_parted_wherever_the_text_is_cut(opens: str, closes: str) -> None:
    text = f"[1] a < b. {opens}x [2] <y> z{closes}\n Hello [3]."
    for size in range(1, len(text)):
        thoughts, said = Thoughts(), ""
        for at in range(0, len(text), size):
            said += thoughts.feed(text[at : at + size])[0]
        assert said + thoughts.finish()[0] == "[1] a < b. Hello [3].", size


async def test_a_thought_is_not_spoken() -> None:
    place = world()
    run = await place.corridor.open_tts(CALLER, "piper/joe", TtsOptions())
    for piece in ("<thi", "nk>I could say", " hello.</th", "ink>\n\nHel", "lo there."):
        await run.push(piece)
    await run.end()
    done = (await collect(run))[-1]
    assert done.characters == len("Hello there.")
    assert run.part.text.whole() == "Hello there."
