"""A provider's key is sent only to the host it was entered for, in spite of changed addresses and other callers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.addresses import origin, problem
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, ConfigError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.registry import create_provider
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.secrets.crypto import SecretStore
from voicegw_desktop.secrets.sealed_file import SealedFile
from voicegw_desktop.sockets.http.server import Server

CANARY = "sk-canary-0123456789"
STRANGER = "http://127.0.0.1:9/v1"
CLOUD = ("openai", "deepgram", "cartesia", "elevenlabs", "anthropic", "groq", "assemblyai")


def gateway(folder: Path, text: str = "{}", config: GatewayConfig | None = None) -> Gateway:
    paths = paths_below(folder)
    paths.config.mkdir(parents=True, exist_ok=True)
    (paths.config / "voicegw.yaml").write_text(text)
    return Gateway(paths=paths, clock=ManualClock(), config=config)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://Api.Example./v1") == origin("wss://api.example:443/other") == "https://api.example:443"
    assert origin("http://api.example") != origin("https://api.example")
    assert origin("http://api.example:81") != origin("http://api.example")
    assert origin("http://[::1]:8/v1") == "http://[::1]:8"
    assert origin("tcp://box") == "tcp://box:10300"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://169.254.0.1:8000",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://metadata.google.internal./computeMetadata",
        "http://METADATA/",
        "tcp://169.254.1.1:10300",
        "169.254.1.1:10300",
    ],
)
def test_link_local_and_metadata_addresses_are_refused_unless_the_file_allows_them(url: str) -> None:
    why = problem(url)
    assert why is not None
    assert "allow_link_local" in why
    assert problem(url, link_local=True) is None
    with pytest.raises(ConfigError, match=r"providers\.box: base_url cannot be used"):
        GatewayConfig({"providers": {"box": {"type": "openai_compatible", "base_url": url}}})
    allowed = {"type": "openai_compatible", "base_url": url, "allow_link_local": True}
    assert GatewayConfig({"providers": {"box": allowed}}).providers["box"].base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pass@host/v1",
        "http://user@host",
        "http://a@b@c/",
        "http://ho st/",
        "http://good\\@evil/",
        "http://[::1/",
        "http://h:99999999/",
        "http://１６９.254.169.254/",
    ],
)
def test_user_info_and_unreadable_addresses_are_refused(url: str) -> None:
    assert problem(url) is not None
    assert problem(url, link_local=True) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "https://api.openai.com/v1",
        "http://gpu-box:8000/v1",
        "http://[fd12::1]/",
        "tcp://192.168.0.4:10300",
    ],
)
def test_other_addresses_are_fine(url: str) -> None:
    assert problem(url) is None


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, list[str]]]:
    """An address that answers everything, and the text of all it was sent."""
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(f"{request.method} {request.path_qs} {dict(request.headers)} {(await request.read())!r}")
        return web.json_response({"data": [], "models": [], "voices": [], "choices": []})

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


async def ask_everything(http: aiohttp.ClientSession, provider: str) -> None:
    chat = {"model": f"{provider}/gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
    for method, path, body in (
        ("POST", f"/v1/providers/{provider}/test", None),
        ("GET", f"/v1/providers/{provider}/offers", None),
        ("POST", "/v1/chat/completions", chat),
        ("POST", "/v1/audio/speech", {"model": f"{provider}/x", "input": "hi", "voice": "v"}),
        ("GET", "/v1/engines", None),
    ):
        async with http.request(method, path, json=body) as response:
            await response.read()


@pytest.mark.socket
@pytest.mark.parametrize("provider", CLOUD)
@pytest.mark.parametrize("kept", ["stored", "environment"])
async def test_a_new_address_never_receives_the_key_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, kept: str
) -> None:
    """A key with `write` may change an address, but must not learn the provider key that way."""
    async with listening() as (address, seen), gateway(tmp_path, "serve: {port: 0}") as made:
        if kept == "environment":
            monkeypatch.setenv(f"{provider.upper()}_API_KEY", CANARY)
        else:
            await run(made, "add_provider", {"provider_id": provider, "api_key": CANARY})
        assert await made.provider_key(provider) == CANARY
        server = Server(made)
        await server.start()
        key = (await made.keys.mint(None, "agent", ("write", "inference"))).bearer
        async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"}) as http:
            async with http.post("/v1/providers", json={"provider_id": provider, "base_url": address}) as response:
                answer = await response.json()
            assert response.status == 200
            assert "enter it again" in answer["note"]
            assert answer["provider"]["api_key"] is None
            assert not made.has_key(provider)
            assert made.provider_keys.get_now(provider, None) is None
            await ask_everything(http, provider)
        await server.stop()
        assert CANARY not in "".join(seen)
        checks = (await run(made, "doctor"))["checks"]
        assert any(c["check"] == f"provider {provider}" and "enter it again" in c["message"] for c in checks)
        if kept == "stored":
            # the address it was entered for still has it
            await run(made, "add_provider", {"provider_id": provider})
            assert await made.provider_key(provider) == CANARY
            await run(made, "add_provider", {"provider_id": provider, "base_url": address})
        # entered again, it goes to the new address, and the old one has none
        await run(made, "set_provider_key", {"provider_id": provider, "api_key": "sk-entered-again"})
        await run(made, "test_provider", {"provider_id": provider})
        assert "sk-entered-again" in "".join(seen)
        assert len([name for name in made.secrets.names() if name.startswith("provider/")]) == 1


async def test_the_file_changes_the_address_and_the_stored_key_stays_behind(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        await run(made, "set_provider_key", {"provider_id": "openai", "api_key": CANARY})
        (made.paths.config / "voicegw.yaml").write_text(f"providers: {{openai: {{base_url: '{STRANGER}'}}}}")
        await made.refresh_config()
        assert await made.provider_key("openai") is None
        assert not made.has_key("openai")
        with pytest.raises(ConfigError, match="no key"):
            create_provider("openai", {"base_url": STRANGER, "api_key": None}).key()


async def test_the_files_key_is_not_for_an_address_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-environment")
    text = (
        f"providers: {{openai: {{api_key: {CANARY}}}}}\n"
        f"projects: {{a: {{}}, b: {{providers: {{deepgram: {{api_key: {CANARY}}}}}}}}}"
    )
    async with gateway(tmp_path, text) as made:
        assert await made.provider_key("openai", "a") == CANARY
        row = {"provider_id": "mine", "provider_type": "openai", "project": "a", "base_url": STRANGER}
        await run(made, "add_provider", row)
        await run(made, "add_provider", {"provider_id": "deepgram", "base_url": STRANGER})
        await run(made, "add_provider", {"provider_id": "groq", "base_url": STRANGER})
        # a made-up provider must not pick up a variable of the environment either
        row = {"provider_id": "github", "provider_type": "openai_compatible", "base_url": STRANGER}
        monkeypatch.setenv("GITHUB_API_KEY", CANARY)
        await run(made, "add_provider", row)
        for provider, project in (("openai", "a"), ("deepgram", "b"), ("groq", None), ("github", None)):
            assert await made.provider_key(provider, project) is None, provider
            assert not made.has_key(provider, project)
        assert await made.provider_key("openai") == CANARY
        assert await made.provider_key("openai", "b") == CANARY


async def test_another_kind_of_provider_under_the_same_name_has_no_key(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        await run(made, "add_provider", {"provider_id": "openai", "api_key": CANARY})
        await run(made, "add_provider", {"provider_id": "openai", "provider_type": "groq"})
        assert await made.provider_key("openai") is None


@pytest.mark.parametrize(
    "row",
    [
        {"base_url": "http://169.254.169.254/v1"},
        {"base_url": "http://169.254.169.254/v1", "extra_config": {"allow_link_local": True}},
        {"base_url": "http://user:pass@host/v1"},
    ],
)
async def test_the_database_may_not_hold_such_addresses(tmp_path: Path, row: dict[str, Any]) -> None:
    async with gateway(tmp_path) as made:
        with pytest.raises(BadRequest) as refused:
            await run(made, "add_provider", {"provider_id": "box", "provider_type": "openai_compatible", **row})
        assert refused.value.param == "base_url"
        assert "box" not in made.config.providers


async def test_keys_of_an_older_version_are_bound_to_the_address_of_the_first_start(tmp_path: Path) -> None:
    text = "providers: {mine: {type: openai_compatible, base_url: 'http://box:8000/v1'}}\nprojects: {p: {}}"
    folder = paths_below(tmp_path).config
    folder.mkdir(parents=True)
    store = SecretStore(folder, vault=SealedFile(folder, {}))
    for name, value in {"openai": "a", "mine": "b", "p/groq": "c", "gone": "d"}.items():
        store.set(f"provider/{name}", value)
    async with gateway(tmp_path, text) as made:
        assert [await made.provider_key(*who) for who in (("openai",), ("mine",), ("groq", "p"))] == ["a", "b", "c"]
    assert [name for name in store.names() if name.startswith("provider/")] == [
        "provider/gone@gone",
        "provider/mine@http://box:8000",
        "provider/openai@openai",
        "provider/p/groq@groq",
    ]
    async with gateway(tmp_path, text) as made:
        assert await made.provider_key("mine") == "b"
        row = {"provider_id": "gone", "provider_type": "openai_compatible", "base_url": STRANGER}
        await run(made, "add_provider", row)
        assert await made.provider_key("gone") is None


async def test_a_key_that_is_looked_up_while_the_address_changes_is_not_kept_for_the_new_one(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        await run(made, "add_provider", {"provider_id": "openai", "api_key": CANARY})
        looking = asyncio.ensure_future(made.provider_key("openai"))
        await asyncio.sleep(0)
        await run(made, "add_provider", {"provider_id": "openai", "base_url": STRANGER})
        assert await looking == CANARY
        assert await made.provider_key("openai") is None


async def test_forgetting_a_provider_forgets_its_keys_for_every_address(tmp_path: Path) -> None:
    async with gateway(tmp_path, "projects: {p: {}}") as made:
        await run(made, "add_provider", {"provider_id": "openai", "api_key": CANARY})
        await run(made, "add_provider", {"provider_id": "openai", "base_url": STRANGER})
        await run(made, "delete_provider", {"provider_id": "openai", "confirm": True})
        row = {"provider_id": "ours", "provider_type": "groq", "project": "p", "api_key": CANARY}
        await run(made, "add_provider", row)
        assert await made.provider_key("groq", "p") == CANARY
        await run(made, "delete_provider", {"provider_id": "ours", "confirm": True})
        assert [name for name in made.secrets.names() if name.startswith("provider/")] == []
        assert CANARY not in json.dumps(await run(made, "list_providers"))
