"""`voicegw serve`: the gateway and its socket without a window, until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from voicegw_desktop.cli import terminal
from voicegw_desktop.core.ending import end_within
from voicegw_desktop.core.errors import SecretsLocked
from voicegw_desktop.core.turns import short_turns

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.sockets.http.server import Server

log = logging.getLogger(__name__)

Say = Callable[[str], object]

INFORMATIVE = ("cli", "gateway", "storage")
"""Notices that are printed though they warn of nothing: a database that works again, a configuration read again.
"""


def run(
    config_path: str | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    show_key: bool = False,
    say: Say | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM; the process's exit status. Raises ConfigError before anything is served."""
    from voicegw_desktop.core import logs

    began = time.monotonic()
    logs.set_up(logging.WARNING)
    for room in INFORMATIVE:
        logging.getLogger(f"voicegw_desktop.{room}").setLevel(logging.INFO)
    asyncio.run(_main(config_path, host, port, show_key, say or _say, began))
    return 0


async def _main(
    config_path: str | None, host: str | None, port: int | None, show_key: bool, say: Say, began: float
) -> None:
    from voicegw_desktop.core.stopping import reason
    from voicegw_desktop.gateway.gateway import Gateway

    async with Gateway(config_path) as gateway, serving(gateway, host=host, port=port) as server:
        # before the announcement: a program that reads it may end this process at once
        ended = _signals(gateway)
        await announce(gateway, server, say, show_key=show_key, seconds=time.monotonic() - began)
        settle()
        say(f"Stopping: {reason(gateway.paths.runtime, await ended)}.")


def settle() -> None:
    """Exclude what was imported and configured at the start from Python's garbage collection."""
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def serving(gateway: Gateway, *, host: str | None = None, port: int | None = None) -> Any:
    """The gateway's sockets while the block runs; yields the Server."""
    from voicegw_desktop.sockets.http.server import Server

    chosen = {k: v for k, v in (("host", host), ("port", port)) if v is not None}
    server = Server(gateway, serve=gateway.config.serve.model_copy(update=chosen))
    with short_turns():
        await server.start()
        gateway.served_at = f"{server.url}/v1"
        # a program that goes on may show a prompt, once; a command that ends at once would only flash it
        gateway.vault_watch.ask_once()
        await asyncio.to_thread(gateway.parts.updates.confirm)
        try:
            yield server
        finally:
            gateway.served_at = None
            await server.stop()


async def announce(gateway: Gateway, server: Server, say: Say, *, show_key: bool, seconds: float) -> None:
    """Say where to reach the gateway and where its key is; the key itself only when asked."""
    say(f"VoiceGateway serves {server.url}/v1 (ready in {seconds:.2f} s)")
    if server.socket_path is not None:
        say(f"  without a key, for this user: {server.socket_path}")
    elif (door := server.token_door) is not None and door.port is not None:
        say(f"  without a key, for this user's programs: port {door.port} of this machine, by the token in {door.path}")
    for title, port in server.ports().values():
        say(f"  {title}: {server.serve.host} port {port}")
    where = gateway.config.path
    say(f"  configuration: {where or 'the built-in settings, local engines only; `voicegw init` writes one to change'}")
    if not show_key:
        say("  key: `voicegw keys show` prints it, the tray copies it")
    else:
        try:
            key = await gateway.keys.bearer(await gateway.first_key())
        except SecretsLocked as error:
            key = f"none. {error}"
        say(f"  key of project {gateway.config.default_project}: {key}")
    if (vault := gateway.vault_watch.state).state != "open" or vault.stray:
        say(f"  secrets: {vault.message} {vault.advice}")
    if gateway.config.serve.keyless_loopback:
        say("  serve.keyless_loopback is on: every program on this machine can connect without a key")
    if server.open_to_lan and not server.serve.tls_cert:
        say("  WARNING: other machines can connect and nothing is encrypted; set serve.tls_cert and serve.tls_key")


def _signals(gateway: Gateway) -> asyncio.Future[int]:
    """Listen for signals; the result is the number of the first that ends the program."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()

    def end(number: int) -> None:
        if not done.done():
            end_within()
            done.set_result(number)

    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = loop.create_task(_reload(gateway))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    try:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, end, name)
        loop.add_signal_handler(signal.SIGHUP, reload)
    except (NotImplementedError, AttributeError):
        # Windows: Ctrl-C raises KeyboardInterrupt out of asyncio.run
        pass
    return done


async def _reload(gateway: Gateway) -> None:
    from voicegw_desktop.core.errors import ConfigError

    try:
        await gateway.refresh_config()
        log.info("The configuration was read again.")
    except ConfigError as e:
        log.error("The configuration stays as it was: %s", e)


def _say(line: str) -> None:
    terminal.say(line, flush=True)
