"""openai-agents: an agent on the Responses API, as it is by default, and on chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents import Agent

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("openai-agents", "openai")
IMPORTS = ("agents",)
MODEL = "gpt-4o-mini"


def _agent(where: Where, *, chat: bool = False) -> Agent:
    from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, set_tracing_disabled
    from openai import AsyncOpenAI

    set_tracing_disabled(True)
    api = AsyncOpenAI(api_key=where.key, base_url=where.v1, max_retries=0)
    kind = OpenAIChatCompletionsModel if chat else OpenAIResponsesModel
    return Agent(
        name="conformance",
        instructions="Be short.",
        model=kind(model=MODEL, openai_client=api),
        model_settings=ModelSettings(max_tokens=400),
    )


async def responses(where: Where) -> str:
    from agents import Runner

    said = str((await Runner.run(_agent(where), "Say hello.")).final_output)
    assert said.strip(), "no text"
    return f"{len(said)} characters"


async def chat(where: Where) -> str:
    from agents import Runner

    said = str((await Runner.run(_agent(where, chat=True), "Say hello.")).final_output)
    assert said.strip(), "no text"
    return f"{len(said)} characters"


async def stream(where: Where) -> str:
    from agents import Runner

    run = Runner.run_streamed(_agent(where), "Say hello.")
    kinds = [event.type async for event in run.stream_events()]
    assert str(run.final_output).strip(), "no text"
    return f"{len(kinds)} events"


async def tool(where: Where) -> str:
    """A tool that is forced; what it says ends the run, since a small model may call it again and again."""
    from agents import Agent, ModelSettings, Runner, function_tool

    called: list[str] = []

    def weather(city: str) -> str:
        """Tells the weather of a city."""
        called.append(city)
        return "Sun."

    settings = ModelSettings(max_tokens=60, tool_choice="required")
    agent = Agent(
        name="conformance",
        instructions="Use the tool.",
        model=_agent(where).model,
        model_settings=settings,
        tools=[function_tool(weather)],
        tool_use_behavior="stop_on_first_tool",
    )
    said = str((await Runner.run(agent, "What is the weather in Paris?")).final_output)
    assert called, "the tool was not called"
    assert said == "Sun.", said
    return f"weather({called[0]!r})"


CHECKS = (
    ("responses", responses),
    ("responses stream", stream),
    ("responses with a tool", tool),
    ("chat completions", chat),
)
