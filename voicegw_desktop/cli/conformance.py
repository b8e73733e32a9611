"""`voicegw conformance`: unmodified client packages against a served gateway, as a table and a page."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import shlex
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop.cli import terminal
from voicegw_desktop.cli.conformance_page import Say, Tried, show, write
from voicegw_desktop.core.errors import ModelNotInstalled, VoiceGatewayError
from voicegw_desktop.core.typed import is_record, record
from voicegw_desktop.program import command_line, is_frozen

if TYPE_CHECKING:
    from voicegw_desktop.cli.options import Options
    from voicegw_desktop.gateway.listings import ModelEntry

CLIENT_LIMIT = 900.0  # s for all checks of one client; each has a limit of its own
EXAMPLES_LIMIT = 4 * 3600.0  # s for all agent files of a checkout
EXAMPLES = "livekit_examples_client"
WORDS = "And so my fellow Americans ask not what your country can do for you ask what you can do for your country"

SCRIPTS = Path(__file__).resolve().parent.parent / "testing" / "clients"


@dataclass(frozen=True)
class Client:
    """One package that is tried."""

    name: str
    module: str
    """File in testing/clients; `.mjs` runs in node."""
    argument: str = ""
    """What the file needs to know beside where the gateway is."""
    limit: float = CLIENT_LIMIT


CLIENTS = (
    Client("livekit-agents", "agents_client"),
    Client("livekit-agents' AgentSession", "agent_session_client"),
    Client("LiveKit's example agents", EXAMPLES, limit=EXAMPLES_LIMIT),
    Client("livekit-plugins-openai", "plugins_client", "openai"),
    Client("livekit-plugins-deepgram", "plugins_client", "deepgram"),
    Client("livekit-plugins-elevenlabs", "plugins_client", "elevenlabs"),
    Client("openai (Python)", "openai_client"),
    Client("openai (node)", "node_client.mjs", "openai"),
    Client("@livekit/agents (node)", "node_client.mjs", "@livekit/agents"),
    Client("ollama (Python)", "ollama_client"),
    Client("ollama (node)", "node_client.mjs", "ollama"),
    Client("langchain-ollama", "langchain_ollama_client"),
    Client("anthropic (Python)", "anthropic_client"),
    Client("anthropic (node)", "node_client.mjs", "@anthropic-ai/sdk"),
    Client("langchain-anthropic", "langchain_client", "anthropic"),
    Client("langchain-openai", "langchain_client", "openai"),
    Client("openai-agents (Python)", "openai_agents_client"),
    Client("openai-agents (node)", "node_client.mjs", "@openai/agents"),
    Client("LiteLLM", "litellm_client"),
    Client("LiteLLM proxy", "litellm_proxy_client"),
    Client("pydantic-ai", "pydantic_ai_client"),
    Client("instructor", "instructor_client"),
    Client("llama-index", "llama_index_client"),
    Client("Vercel ai", "node_client.mjs", "ai"),
    Client("elevenlabs (Python)", "elevenlabs_client"),
    Client("elevenlabs (node)", "node_client.mjs", "@elevenlabs/elevenlabs-js"),
    Client("wyoming", "wyoming_client"),
    Client("Home Assistant", "homeassistant_client"),
    Client("mcp (Python)", "mcp_client"),
    Client("mcp (node)", "node_client.mjs", "@modelcontextprotocol/sdk"),
    Client("mcp inspector", "node_client.mjs", "@modelcontextprotocol/inspector"),
    Client("pipecat's OpenAI services", "pipecat_client"),
    Client("pipecat's Realtime service", "pipecat_realtime_client"),
    Client("pipecat's Deepgram services", "pipecat_deepgram_client"),
    Client("pipecat's ElevenLabs services", "pipecat_elevenlabs_client"),
    Client("deepgram-sdk (Python)", "deepgram_client"),
    Client("deepgram (node)", "node_client.mjs", "@deepgram/sdk"),
    Client("browser", "chromium_client"),
    Client("Open WebUI", "open_webui_client"),
    Client("curl", "curl_client"),
)


async def run(
    *,
    url: str | None,
    pythons: list[str],
    node: str | None,
    examples: list[str],
    only: list[str],
    page: Path | None,
    as_json: bool,
    say: Say,
) -> int:
    """Try every client; the number of failed checks."""
    found: list[Tried] = []
    async with _own() if url is None else _running(url) as where:
        where["examples"] = os.pathsep.join(examples)
        if url is None:
            await _warm(where)
        for client in CLIENTS:
            if only and not any(word in client.name for word in only):
                continue
            for tried in await everywhere(client, pythons, node, where):
                found.append(tried)
                if not as_json:
                    show(tried, say)
    if as_json:
        say(
            json.dumps(
                [dataclasses.asdict(t) for t in found],
                indent=2,
            )
        )
    if page is not None:
        await asyncio.to_thread(write, page, found, [client.name for client in CLIENTS])
        if not as_json:
            say(f"Wrote {page}.")
    return sum(tried.failed for tried in found)


async def everywhere(client: Client, pythons: list[str], node: str | None, where: dict[str, str]) -> list[Tried]:
    """The client in every environment that has another version of it; one entry that says so when none has it."""
    if client.module == EXAMPLES:
        # they need packages of their own, which the environment of this program has not
        pythons = pythons[-1:]
    of_python = not client.module.endswith(".mjs") and client.name != "curl"
    found: list[Tried] = []
    for python in pythons if of_python else pythons[:1]:
        tried = await _try(client, python, node, where, {str(t.versions) for t in found})
        if tried.checks or tried.skipped or not found:
            found.append(tried)
    return [t for t in found if t.checks or t.skipped] or found[:1]


@contextlib.asynccontextmanager
async def _own() -> AsyncIterator[dict[str, str]]:
    """A temporary gateway, with local engines only and a profile that is deleted afterwards."""
    import tempfile

    import yaml

    from voicegw_desktop.cli.serve import serving
    from voicegw_desktop.core.paths import paths_below, private_dir, resources_dir
    from voicegw_desktop.gateway.gateway import Gateway

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"
    # a browser's page is admitted by its origin
    default = yaml.safe_load((resources_dir() / "default.yaml").read_text(encoding="utf-8"))
    told = {**default, "auth": {"cors_origins": [origin]}, "serve": {"wyoming_port": 0}}
    with tempfile.TemporaryDirectory(prefix="vgw-") as folder, linked_models(Path(folder) / "data" / "models"):
        paths = paths_below(Path(folder))
        # JSON, which every client that changes it can read
        file = private_dir(paths.config) / "voicegw.yaml"
        file.write_text(json.dumps(told), "utf-8")
        gateway = Gateway(file, paths=paths)
        async with gateway, serving(gateway, port=0) as server:
            must_have(gateway.list_models())
            key_id = await gateway.first_key()
            yield whereabouts(
                server.url,
                await gateway.keys.bearer(key_id),
                key_id,
                await gateway.keys.livekit_secret(key_id),
                server.socket_path,
                Path(folder),
                origin,
                server.ports().get("wyoming", ("", None))[1],
            )


@contextlib.contextmanager
def linked_models(folder: Path) -> Iterator[None]:
    """This user's models in a store of links, so that a check may put a damaged one in place of one of them.

    Where links may not be made, the store is the user's own.
    """
    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.core.paths import system_paths

    real = GatewayConfig.load().models_folder(system_paths())
    chosen = folder
    try:
        for model in real.glob("*/*/"):
            link = folder / model.parent.name / model.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(model.resolve(), target_is_directory=True)
    except OSError:
        chosen = real
    before = os.environ.get("VOICEGW_MODELS_DIR")
    os.environ["VOICEGW_MODELS_DIR"] = str(chosen)
    try:
        yield
    finally:
        os.environ.pop("VOICEGW_MODELS_DIR")
        if before is not None:
            os.environ["VOICEGW_MODELS_DIR"] = before


def must_have(models: Sequence[ModelEntry]) -> None:
    """ModelNotInstalled, with what to do, when a model that the clients are served with is not here."""
    missing = sorted({str(model["id"]) for model in models if model["installed"] is False})
    if missing:
        raise ModelNotInstalled(
            f"The clients are tried with models on this machine, and these are not installed: {', '.join(missing)}. "
            f"Get them with `voicegw models pull {' '.join(missing)}`, or try a gateway that serves already with --url."
        )


async def _warm(where: dict[str, str]) -> None:
    """Load what the checks use: some clients give up sooner than a cold engine takes on a busy machine."""
    import aiohttp

    from voicegw_desktop.core.outgoing import gateway_session

    say = {"model": "tts-1", "input": "Good morning."}
    ask = {"model": "gpt-4o-mini", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}
    form = aiohttp.FormData({"model": "whisper-1"})
    form.add_field("file", await asyncio.to_thread(Path(where["clip"]).read_bytes), filename="clip.wav")
    async with gateway_session(where["url"], headers={"Authorization": f"Bearer {where['key']}"}) as http:
        for path, body in (
            ("audio/speech", {"json": say}),
            ("chat/completions", {"json": ask}),
            ("audio/transcriptions", {"data": form}),
        ):
            async with http.post(f"{where['url']}/v1/{path}", **body) as answer:
                await answer.read()


@contextlib.asynccontextmanager
async def _running(url: str) -> AsyncIterator[dict[str, str]]:
    """The gateway that serves this user here, at this address."""
    from voicegw_desktop.cli.operate import ask
    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.core.paths import system_paths
    from voicegw_desktop.gateway.operations import OPERATIONS

    shown = await ask(OPERATIONS["show_key"], {})
    yield whereabouts(
        url.rstrip("/").removesuffix("/v1"),
        str(shown["api_key"]),
        str(shown["key_id"]),
        str(record(shown["livekit"])["api_secret"]),
        system_paths().socket,
        wyoming_port=GatewayConfig.load().serve.wyoming_port,
    )


def whereabouts(
    url: str,
    key: str,
    key_id: str,
    secret: str | None,
    socket: Path | None,
    home: Path | None = None,
    origin: str = "",
    wyoming_port: int | None = None,
) -> dict[str, str]:
    """The input of a client's checks: the gateway's address and key, and the recording."""
    from voicegw_desktop.core.paths import resources_dir

    return {
        "url": url,
        "key": key,
        "key_id": key_id,
        "secret": secret or "",
        "socket": str(socket or ""),
        "wyoming": str(socket.with_name("wyoming.sock")) if socket else "",
        "wyoming_port": str(wyoming_port or ""),
        "program": shlex.join(command_line()),
        "home": str(home or ""),
        "origin": origin,
        "examples": "",
        "clip": str(resources_dir() / "demo" / "jfk.wav"),
        "words": WORDS,
    }


async def _try(
    client: Client, python: str, node: str | None, where: dict[str, str], known: Collection[str] = ()
) -> Tried:
    """Run one client's checks in a process of its own; keys go through a pipe. `known` versions are left out."""
    tried = Tried(client.name)
    if client.module.endswith(".mjs"):
        program = shutil.which("node")
        if node is None or program is None:
            tried.not_run = "node is not installed" if program is None else "needs --node FOLDER with node_modules"
            return tried
        command = [program, str(SCRIPTS / client.module), node, client.argument]
    elif client.name == "curl" and shutil.which("curl") is None:
        tried.not_run = "curl is not installed"
        return tried
    elif client.module == EXAMPLES and not where["examples"]:
        tried.not_run = "needs --examples FOLDER with agent files"
        return tried
    else:
        command = [python, "-I", str(SCRIPTS), client.module]
    from voicegw_desktop.core.outgoing import without_proxies

    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # they only ask the gateway, with its key: no proxy may see that
        env={**without_proxies(os.environ), "PLUGIN": client.argument},
    )
    told = json.dumps({**where, "known": list(known)}).encode()
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    assert stdin is not None
    assert stdout is not None
    assert stderr is not None
    complaining = asyncio.create_task(stderr.read())
    ended = True
    try:
        async with asyncio.timeout(client.limit):
            stdin.write(told)
            stdin.close()
            # what was found stays when the client does not end
            async for line in stdout:
                with contextlib.suppress(ValueError):
                    _note(tried, json.loads(line))
            await process.wait()
    except TimeoutError:
        ended = False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    complaints = await complaining
    if not ended:
        detail = f"it did not end within {client.limit:.0f} s"
        tried.checks.append({"feature": "ends", "ok": False, "seconds": client.limit, "detail": detail})
    if not tried.checks and not tried.skipped and not tried.not_run:
        last = complaints.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        tried.checks.append({"feature": "starts", "ok": False, "seconds": 0.0, "detail": last[0][:200]})
    return tried


def _note(tried: Tried, fact: object) -> None:
    if not is_record(fact):
        return
    if "missing" in fact:
        tried.not_run = f"{fact['missing']} is not installed"
    elif "known" in fact:
        tried.not_run = "this version was tried already"
    elif "versions" in fact:
        tried.versions = {name: str(version) for name, version in record(fact["versions"]).items()}
    elif "skipped" in fact:
        tried.skipped.append(fact)
    elif "feature" in fact:
        tried.checks.append(fact)


def main(options: Options) -> int:
    """The verb's entry; 1 when a check failed."""
    say: Say = partial(terminal.say, flush=True)
    pythons = [*([] if is_frozen() else [sys.executable]), *options.python]
    if not pythons:
        raise VoiceGatewayError(
            "The installed program has no Python that client packages could be in: name one with --python."
        )
    for python in pythons:
        if not Path(python).exists():
            raise VoiceGatewayError(f'--python names "{python}", which does not exist.')
    for folder in options.examples:
        if not Path(folder).exists():
            raise VoiceGatewayError(f'--examples names "{folder}", which does not exist.')
    page = Path(options.page) if options.page else None
    failed = asyncio.run(
        run(
            url=options.url,
            pythons=pythons,
            node=str(Path(options.node).resolve()) if options.node else None,
            examples=[str(Path(folder).resolve()) for folder in options.examples],
            only=options.only,
            page=page,
            as_json=options.json,
            say=say,
        )
    )
    return 1 if failed else 0
