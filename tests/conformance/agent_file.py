"""An agent as it is usually written for LiveKit: inference models, one function tool, nothing about a gateway."""

from __future__ import annotations

from livekit.agents import (
    Agent,
    AgentServer,
    AgentSession,
    JobContext,
    ModelSettings,
    RunContext,
    cli,
    function_tool,
    inference,
)

GREETING = (
    "Welcome to the library. Before we begin I should like to tell you at some length about our opening hours."
    " We open at nine in the morning on every day of the week except on Sundays, when we open at eleven."
    " In summer the reading room stays open until ten at night, and in winter it closes at eight."
    " On public holidays the whole building is closed, but books can be returned at the side entrance."
)

server = AgentServer()


class Librarian(Agent):
    """Greets, writes down what the caller says, answers in one sentence."""

    def __init__(self) -> None:
        super().__init__(instructions="You are a librarian. Answer in one short sentence.")
        self._noted = False

    async def on_enter(self) -> None:
        self.session.say(GREETING)

    def llm_node(self, chat_ctx, tools, model_settings):  # type: ignore[no-untyped-def]
        if not self._noted:
            # the first thing said is always written down, however small the model
            model_settings = ModelSettings(tool_choice="required")
        return Agent.default.llm_node(self, chat_ctx, tools, model_settings)

    @function_tool
    async def write_down(self, context: RunContext, words: str) -> str:
        """Write down what the caller said.

        Args:
            words: What the caller said, in a few words.
        """
        self._noted = True
        return "It is written down."


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    # a small model without a limit sometimes repeats itself without end
    llm = inference.LLM("openai/gpt-4o-mini", extra_kwargs={"temperature": 0.0, "max_completion_tokens": 120})
    session = AgentSession(stt="deepgram/nova-3:en", llm=llm, tts="cartesia/sonic-3:voice")
    await session.start(agent=Librarian(), room=ctx.room)


if __name__ == "__main__":
    cli.run_app(server)
