"""Any server that speaks OpenAI's HTTP form (vLLM, LM Studio, LiteLLM, a cluster behind one address) as an engine."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, Sent, Target
from voicegw_desktop.engines.llm_http import HttpClient, HttpReply
from voicegw_desktop.engines.servers.reach import Endpoint, Reach
from voicegw_desktop.engines.status import EngineStatus, State

PROBE_TIMEOUT = 3.0  # s


Find = Callable[[Target], Endpoint | Awaitable[Endpoint]]


def backend(reach: Reach) -> OpenAiCompatible:
    """Chat for a descriptor's `backends`."""
    return OpenAiCompatible(reach.http, reach.endpoint)


class OpenAiCompatible:
    """A `core.ports.LlmBackend`; `find` gives each target's address and key."""

    def __init__(self, http: HttpClient, find: Find) -> None:
        self._http, self._find = http, find

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> HttpReply:
        """POST to the target's server. Raises UpstreamError when no HTTP answer came."""
        endpoint = await self._endpoint(target)
        return await self._http.post(
            endpoint.url(path),
            body,
            {**options.headers, **endpoint.headers},
            key=endpoint.api_key,
            who=target.name,
            sent=sent,
            zone=endpoint.zone,
        )

    async def probe(self, target: Target) -> bool:
        """True when the server answers."""
        try:
            await self.models(await self._endpoint(target))
        except VoiceGatewayError:
            return False
        return True

    async def models(self, endpoint: Endpoint) -> list[str]:
        """The model ids it lists. Raises UpstreamError."""
        answer = await self._http.get_json(
            endpoint.url("/models"), key=endpoint.api_key, timeout=PROBE_TIMEOUT, zone=endpoint.zone
        )
        entries = answer.get("data", []) if isinstance(answer, dict) else answer
        return [str(entry.get("id")) for entry in entries or () if isinstance(entry, dict)]

    async def status(self, provider: str, endpoint: Endpoint) -> EngineStatus:
        """What the server says about itself now: its models, or why it does not answer."""
        state, reason, models = State.ANSWERS, "", list[str]()
        try:
            models = await self.models(endpoint)
        except VoiceGatewayError as error:
            state, reason = State.DOES_NOT_ANSWER, error.message
        return EngineStatus(
            name=provider,
            provider=provider,
            model="",
            state=state,
            reason=reason,
            address=endpoint.base_url,
            info={"models": models},
        )

    async def _endpoint(self, target: Target) -> Endpoint:
        found = self._find(target)
        endpoint = await found if inspect.isawaitable(found) else found
        if not endpoint.base_url.startswith(("http://", "https://")):
            raise ConfigError(
                f'providers.{target.provider}.base_url is "{endpoint.base_url}"; write an address such as '
                "http://192.168.1.20:8000/v1."
            )
        return endpoint
