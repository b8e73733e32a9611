"""`inference.LLM`: any chat target behind one LiveKit class, metered."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from livekit.agents import APIConnectOptions, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import is_given

from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.corridor.chat_usage import asked_of, tokens_at_most
from voicegw_desktop.gateway.current import get_gateway
from voicegw_desktop.inference._base import ProviderPool
from voicegw_desktop.inference._choose import make_llm, models_of, not_honoured
from voicegw_desktop.inference._stt import given, update
from voicegw_desktop.routing.backends import kind_of

if TYPE_CHECKING:
    from livekit.agents.llm.chat_context import MetricsMetadata

    from voicegw_desktop.inference._base import AnyLLM
    from voicegw_desktop.inference._choose import Fallback

TOOL_TOKENS = 250
"""What the description of one tool takes, rather too many than too few."""


class LLM(llm.LLM[str]):
    """`LLM("openai/gpt-4o-mini")`, `LLM("ollama/qwen2.5:3b")`, or `LLM("auto")` for the project's default stack.

    Takes what `livekit.agents.inference.LLM` takes, and `fallback` and `project` as STT and TTS do. `extra_kwargs` go
    into every request.
    """

    def __init__(
        self,
        model: NotGivenOr[str] = NOT_GIVEN,
        *,
        provider: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
        inference_class: object = None,
        extra_kwargs: dict[str, Any] | None = None,
        prompt_cache_breakpoints: bool | str = "auto",
        fallback: NotGivenOr[Fallback] = NOT_GIVEN,
        project: str | None = None,
    ) -> None:
        keys = "keys and addresses come from voicegw.yaml, the keychain or <PROVIDER>_API_KEY"
        not_honoured("LLM", keys, base_url=base_url, api_key=api_key, api_secret=api_secret)
        not_honoured("LLM", "name the provider in the model string", provider=provider)
        not_honoured("LLM", "only LiveKit's own service has classes", inference_class=inference_class)
        if prompt_cache_breakpoints is True:
            not_honoured("LLM", "the provider's plugin decides", prompt_cache_breakpoints=True)
        super().__init__()
        self._extra: dict[str, Any] = dict(extra_kwargs or {})
        self._pool = ProviderPool["AnyLLM"](
            self, Modality.LLM, given(model), models_of(given(fallback)), self._build, project
        )
        self._pool.get()

    @classmethod
    def from_model_string(cls, model: str) -> LLM:
        """Equal to `LLM(model)`."""
        return cls(model)

    def _build(self, targets: list[Target]) -> AnyLLM:
        # extra options go into each request, where every plugin takes them
        made = [make_llm(target) for target in targets]
        return made[0] if len(made) == 1 else llm.FallbackAdapter(made)

    @property
    def model(self) -> str:
        return self._pool.targets()[0].name

    @property
    def provider(self) -> str:
        return self._pool.targets()[0].provider

    @property
    def metrics_metadata(self) -> MetricsMetadata:
        return self._pool.get().metrics_metadata

    def prewarm(self, *, loop: asyncio.AbstractEventLoop | None = None) -> None:
        inner = self._pool.get()
        # LiveKit before 1.6 knows no loop here
        if "loop" in inspect.signature(inner.prewarm).parameters:
            inner.prewarm(loop=loop)
        else:
            inner.prewarm()

    def update_options(
        self,
        *,
        model: NotGivenOr[str] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
        prompt_cache_breakpoints: NotGivenOr[bool | str] = NOT_GIVEN,
    ) -> None:
        """From the next request on: another model, other `extra_kwargs` (they replace the old ones)."""
        if is_given(extra_kwargs):
            self._extra = dict(extra_kwargs)
        if is_given(model):
            self._pool.change(model)
            self._pool.get()
        if is_given(prompt_cache_breakpoints):
            for inner in self._pool.each():
                update(inner, {"prompt_cache_breakpoints": prompt_cache_breakpoints})

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        response_format: NotGivenOr[Any] = NOT_GIVEN,
        inference_class: NotGivenOr[object] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> llm.LLMStream:
        extra = {**self._extra, **(given(extra_kwargs) or {})}
        asked = asked_of("/chat/completions", extra)
        prompt = tokens_at_most({"messages": chat_ctx.to_dict()["items"]}) + TOOL_TOKENS * len(tools or ())
        inner, account, limit = self._pool.open_chat(asked.limit, usage=Usage(prompt))
        if limit is not None:
            kind = kind_of(get_gateway().config, account.targets[0].provider, account.targets[0].account)
            extra[PROVIDERS[kind].answer_limit if kind else "max_tokens"] = limit
        for name, value in (("tool_choice", tool_choice), ("parallel_tool_calls", parallel_tool_calls)):
            if is_given(value):
                extra.pop(name, None)
        more: dict[str, Any] = {
            "tool_choice": given(tool_choice) if is_given(tool_choice) else extra.pop("tool_choice", None),
            "parallel_tool_calls": given(parallel_tool_calls)
            if is_given(parallel_tool_calls)
            else extra.pop("parallel_tool_calls", None),
            "response_format": given(response_format),
            "extra_kwargs": extra or None,
        }
        known = inspect.signature(inner.chat).parameters
        not_honoured("LLM.chat", "only LiveKit's own service has classes", inference_class=given(inference_class))
        for name in [n for n, v in more.items() if v is not None and n not in known]:
            not_honoured("LLM.chat", f"{self.model} takes none", **{name: more.pop(name)})
        with account.around():
            return inner.chat(
                chat_ctx=chat_ctx,
                tools=tools,
                conn_options=conn_options,
                **{k: v for k, v in more.items() if v is not None},
            )

    async def aclose(self) -> None:
        await super().aclose()
        await self._pool.aclose()
