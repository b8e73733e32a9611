"""What every provider offers: LiveKit objects, a key check before use, a health check, lists of models and voices."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from voicegw_desktop.core.errors import (
    BadRequest,
    ConfigError,
    Diverted,
    RateLimitExceeded,
    Redirected,
    Unauthorized,
    UpstreamError,
    did_you_mean,
)
from voicegw_desktop.core.ports import Modality, Zone
from voicegw_desktop.core.registry import PROVIDERS, env_key
from voicegw_desktop.core.typed import record
from voicegw_desktop.corridor.refusals import seconds
from voicegw_desktop.secrets.crypto import mask

if TYPE_CHECKING:
    from livekit.agents import llm, stt, tts

ASK_TIMEOUT = 10.0  # s for a question about health, models or voices
BODY_SHOWN = 300  # characters of a refusal that a message repeats
COMMON = frozenset({"api_key", "base_url", "allow_link_local", "enabled", "type", "zone", "_source"})
"""Settings that are the gateway's own; every other key goes to the plugin."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model or a voice that a provider says it has."""

    id: str
    name: str = ""
    language: str | None = None


class BaseProvider:
    """A provider with its settings: `providers.<name>` of the configuration, and its key when there is one."""

    name: ClassVar[str] = ""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.settings = dict(settings or {})
        # a key that was looked for and may not be used is None here, and stays so
        given = "api_key" in self.settings and self.settings["api_key"] is None
        self._key: str | None = self.settings.pop("api_key", None) or (None if given else self._environment_key())
        self.called = self.name
        """The provider's name in the configuration."""
        self.base_url: str | None = self.settings.get("base_url") or None
        self.on_ask: Callable[[str], None] = lambda host: None
        """Called with `host:port` before each question is sent."""
        self.on_diverted: Callable[[str], None] = lambda to: None
        """Called with `scheme://host` for each redirect that was refused."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url or 'at its own address'}>"

    @property
    def modalities(self) -> frozenset[Modality]:
        """The modalities it serves."""
        return PROVIDERS[self.name].modalities

    @property
    def extras(self) -> dict[str, Any]:
        """Settings beyond the common ones, for the plugin."""
        return {k: v for k, v in self.settings.items() if k not in COMMON}

    @property
    def zone(self) -> Zone:
        """Where its data goes: the `zone` setting, else what the address says; its own address is in the cloud."""
        if self.settings.get("zone"):
            return Zone(self.settings["zone"])
        from voicegw_desktop.core.zones import zone_of_url

        return zone_of_url(self.base_url) if self.base_url else Zone.CLOUD

    def _environment_key(self) -> str | None:
        return env_key(self.name)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def key(self) -> str:
        """The key; ConfigError that says where to put one when there is none."""
        if self._key:
            return self._key
        env = PROVIDERS[self.name].env
        raise ConfigError(
            f"There is no key for {self.called}. Set providers.{self.called}.api_key in voicegw.yaml (usually "
            f"${{{env}}}), run `voicegw providers key {self.called}`, or set {env}.",
            code="missing_api_key",
        )

    # -- what LiveKit gets --------------------------------------------------------------------------------------------

    def create_stt(self, model: str, **options: Any) -> stt.STT[str]:
        """A LiveKit STT for `model`."""
        self._cannot(Modality.STT)

    def create_llm(self, model: str, **options: Any) -> llm.LLM[str]:
        """A LiveKit LLM for `model`."""
        self._cannot(Modality.LLM)

    def create_tts(self, model: str, voice: str | None = None, **options: Any) -> tts.TTS[str]:
        """A LiveKit TTS for `model`, with `voice` in the provider's own words."""
        self._cannot(Modality.TTS)

    def _cannot(self, modality: Modality) -> NoReturn:
        able = sorted(name for name, entry in PROVIDERS.items() if modality in entry.modalities)
        offers = ", ".join(sorted(m.value for m in self.modalities))
        raise BadRequest(
            f"{self.called} has no {modality.value}; it offers {offers}. {modality.value} is offered by "
            f"{', '.join(able)}.",
            code="modality_not_supported",
        )

    # -- questions ----------------------------------------------------------------------------------------------------

    async def health_check(self) -> bool:
        """Ask the provider whether it would serve with these settings; a VoiceGatewayError says why not."""
        raise NotImplementedError

    async def list_models(self) -> list[Listed]:
        """The models it offers; empty when it has no list."""
        return []

    async def list_voices(self) -> list[Listed]:
        """The voices it offers; empty when it has no list."""
        return []

    async def ask(self, url: str, headers: Mapping[str, str]) -> object:
        """GET JSON. Raises Unauthorized, RateLimitExceeded or UpstreamError; the key shows masked at most."""
        import aiohttp

        from voicegw_desktop.core.outgoing import Outgoing, RedirectRefused, foreign_address, reason

        self.on_ask(host(url))
        timeout = aiohttp.ClientTimeout(total=ASK_TIMEOUT)
        try:
            async with (
                Outgoing(self.zone, timeout=timeout) as session,
                session.get(url, headers=headers) as response,
            ):
                body = await response.text(errors="replace")
                if response.status >= 300:
                    raise self.refused(response.status, body, response.headers.get("Retry-After"))
        except RedirectRefused as error:
            self.on_diverted(error.to)
            raise Redirected(f"{self.called} {error}", to=error.to) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if foreign := foreign_address(error):
                self.on_diverted(foreign.to)
                message = f"{self.called} cannot be reached at {host(url)} ({foreign})."
                raise Diverted(message, to=foreign.to) from None
            why = "no answer in time" if isinstance(error, TimeoutError) else reason(error) or type(error).__name__
            raise UpstreamError(f"{self.called} cannot be reached at {host(url)} ({why}).") from None
        try:
            answer: object = json.loads(body)
            return answer
        except ValueError:
            raise UpstreamError(f"{self.called} at {host(url)} answered with something that is not JSON.") from None

    def refused(self, status: int, body: str, retry_after: str | None) -> Exception:
        """The error for an answer with an error status."""
        said = self.scrub(_message(body))
        if status in (401, 403):
            shown = mask(self._key) if self._key else "(none)"
            return Unauthorized(
                f"{self.called} refused the key {shown} ({status}: {said}). Check providers.{self.called}.api_key."
            )
        if status == 429:
            return RateLimitExceeded(
                f"{self.called} asks to slow down (429: {said}).", retry_after=seconds(retry_after)
            )
        return UpstreamError(f"{self.called} answered {status}: {said}", upstream_status=status)

    def scrub(self, text: str) -> str:
        """`text` without the key."""
        return text.replace(self._key, mask(self._key)) if self._key else text


def _message(body: str) -> str:
    try:
        raw: object = json.loads(body)
    except ValueError:
        return body[:BODY_SHOWN] or "no reason given"
    for key in ("error", "message", "err_msg", "detail", "title"):
        if inner := record(raw).get(key):
            return str(record(inner).get("message", inner))[:BODY_SHOWN]
    return body[:BODY_SHOWN]


def host(url: str) -> str:
    """`host:port` of an address, which shows nothing secret."""
    from urllib.parse import urlsplit

    return urlsplit(url).netloc.rpartition("@")[2] or url


def take(options: dict[str, Any], known: frozenset[str], what: str) -> dict[str, Any]:
    """The `options` that are known; warns about the others."""
    unknown = sorted(set(options) - known)
    if unknown:
        import logging

        hint = did_you_mean(unknown[0], known)
        logging.getLogger(__name__).warning("%s takes no %s, which is ignored.%s", what, ", ".join(unknown), hint)
    return {k: v for k, v in options.items() if k in known}
