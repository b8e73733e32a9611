"""The commands that are not operations: start something, write a file, set things up."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voicegw_desktop.cli import completion, exports, invoices, sound
from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.terminal import say
from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.typed import record

"""Variables of which one is set where Qt can show something."""
STOP_LIMIT = 15.0  # s a gateway gets to end cleanly
START_LIMIT = 120.0  # s a gateway gets to answer: a slow disk, a scanner of viruses, an update that is tried


@dataclass(frozen=True)
class Verb:
    """One command."""

    name: str
    help: str
    run: Callable[[Options], int]
    arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f'"{text}" is not a port: a number from 0 to 65535')


def _serve(options: Options) -> int:
    from voicegw_desktop.cli.serve import run

    return run(None, host=options.host, port=options.port, show_key=options.show_key)


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address; anything but loopback also needs serve.allow_lan")
    parser.add_argument("--port", type=_port, help="0: any free port")
    parser.add_argument("--show-key", action="store_true", help="print the default project's key")


def _app(options: Options) -> int:
    from voicegw_desktop.app.start import run

    chosen = ["--window"] if options.window else []
    return run(chosen + (["--attach", options.attach] if options.attach else []))


def _app_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--attach", metavar="ADDRESS", help="show a gateway that runs already: unix:PATH or http://…")
    parser.add_argument("--window", action="store_true", help="open the window at once")


def _demo(options: Options) -> int:
    from voicegw_desktop.cli.demo import main

    return main(options.clip, options.out, play=not options.no_play)


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", nargs="?", help="recorded speech, WAV; default: the bundled clip")
    parser.add_argument("--out", help="where the spoken answer goes")
    parser.add_argument("--no-play", action="store_true", help="do not play it")


def _smoke_test(options: Options) -> int:
    from voicegw_desktop.cli.smoke_test import main

    return main({"stt": options.stt, "llm": options.llm, "tts": options.tts}, options.clip)


def _smoke_test_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", nargs="?", help="recorded speech, WAV; default: the bundled clip")
    for modality in ("stt", "llm", "tts"):
        parser.add_argument(
            f"--{modality}", metavar="TARGET", help="what to ask for; none: what is routed or installed"
        )


def _conformance(options: Options) -> int:
    from voicegw_desktop.cli.conformance import main

    return main(options)


def _conformance_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("only", nargs="*", help="only clients whose name holds one of these words")
    parser.add_argument("--url", help="a gateway that runs already; none: a temporary one")
    parser.add_argument(
        "--python", action="append", default=[], help="another interpreter whose packages are tried too"
    )
    parser.add_argument("--node", metavar="FOLDER", help="a folder with node_modules: tries openai and @livekit/agents")
    parser.add_argument(
        "--examples", action="append", default=[], metavar="FOLDER",
        help="agent files to run as calls in the last --python, such as the examples of livekit/agents",
    )  # fmt: skip
    parser.add_argument("--page", metavar="FILE", help="write the results as Markdown")


def _init(options: Options) -> int:
    import shlex

    from voicegw_desktop.config.load import search_paths
    from voicegw_desktop.core.paths import example_config, private_dir, system_paths

    target = Path(options.path) if options.path else system_paths().config / "voicegw.yaml"
    if target.exists() and not options.force:
        raise ConfigError(f"{target} exists; give --force to replace it.")
    if not options.path:
        private_dir(target.parent)
    target.write_text(example_config().read_text("utf-8"), encoding="utf-8")
    say(f"Wrote {target}: local engines only, and the rest to uncomment. `voicegw doctor` examines it.")
    used = next((path for path in search_paths(system_paths(), os.environ) if path.is_file()), None)
    if used is None or not used.samefile(target):
        say(
            f"`voicegw serve` in this folder uses {used or 'the built-in settings'} instead: start it with"
            f" `voicegw --config {shlex.quote(str(target))} serve` to use the new file."
        )
    return 0


def _init_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", help="where; none: the user's configuration folder")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def _onboard(options: Options) -> int:
    """Fetch the starter models, and say how agents reach the gateway, in lines a shell can take."""
    import asyncio

    from voicegw_desktop.cli.operate import ask
    from voicegw_desktop.cli.pull import pull_starter
    from voicegw_desktop.gateway.operations import OPERATIONS

    failed = 0 if options.skip_models else pull_starter()
    status = asyncio.run(ask(OPERATIONS["status"], {}))
    endpoint = status["endpoint"]
    key = asyncio.run(ask(OPERATIONS["show_key"], OPERATIONS["show_key"].take({})))
    livekit = record(key["livekit"])
    say()
    say("# OpenAI SDKs")
    say(f"export OPENAI_BASE_URL={endpoint}")
    say(f"export OPENAI_API_KEY={key['api_key']}")
    say("# LiveKit agents")
    say(f"export LIVEKIT_INFERENCE_URL={endpoint}")
    say(f"export LIVEKIT_INFERENCE_API_KEY={livekit['api_key']}")
    say(f"export LIVEKIT_INFERENCE_API_SECRET={livekit['api_secret']}")
    say()
    if status["pid"] == os.getpid():
        say("Start it with `voicegw serve` (no window) or `voicegw app` (tray).")
    else:
        say("It serves already; `voicegw status` shows what.")
    return failed


def _onboard_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--skip-models", action="store_true", help="fetch nothing")


def _mcp(options: Options) -> int:
    import asyncio

    asyncio.run(_serve_mcp(read_only=options.read_only))
    return 0


async def _serve_mcp(*, read_only: bool) -> None:
    """Through the gateway that runs, so that its live state is seen; else with one made for this client."""
    from voicegw_desktop.core.paths import system_paths
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.mcp.stdio import Attached, serve_stdio
    from voicegw_desktop.mcp.tools import server_for
    from voicegw_desktop.sockets.http.auth import EVERYTHING, READ

    # a client that may only read is held to it here: the unix socket would let it do everything
    if not read_only and await _running_pid() is not None:
        async with Attached(system_paths().socket) as attached:
            await serve_stdio(attached.answer)
        return
    async with Gateway() as gateway:
        await serve_stdio(server_for(gateway, {READ} if read_only else EVERYTHING).handle_raw)


def _mcp_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--read-only", action="store_true", help="offer only the tools that change nothing")


def _stop(options: Options) -> int:
    from voicegw_desktop.core.paths import system_paths
    from voicegw_desktop.core.processes import alive, terminate
    from voicegw_desktop.core.stopping import leave_note

    pid = _running()
    if pid is None:
        raise VoiceGatewayError("No gateway is running here.")
    leave_note(system_paths().runtime, pid)
    terminate(pid)
    deadline = time.monotonic() + STOP_LIMIT
    while alive(pid):
        if time.monotonic() > deadline:
            raise VoiceGatewayError(f"The gateway (process {pid}) did not end within {STOP_LIMIT:.0f} s.")
        time.sleep(0.05)
    say("Stopped.")
    return 0


def _start(options: Options) -> int:
    import subprocess

    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.core.paths import private_dir, system_paths
    from voicegw_desktop.program import command_line

    if (pid := _running()) is not None:
        say(f"A gateway is running already (process {pid}).")
        return 0
    if not GatewayConfig.load().serve.unix_socket:
        raise ConfigError(
            "serve.unix_socket is false, but `voicegw start` and `voicegw stop` find the gateway there: set it to true,"
            " or run `voicegw serve` yourself."
        )
    paths = system_paths()
    log = private_dir(paths.logs) / "serve.log"
    with log.open("ab") as file:
        begins = file.tell()
        child = subprocess.Popen(
            [*command_line(), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_LIMIT
    while _running() is None:
        ended = child.poll() is not None
        if ended or time.monotonic() > deadline:
            if not ended:
                # a child that cannot be reached must not stay behind and hold the port
                child.terminate()
                child.wait(STOP_LIMIT)
            what = "ended at once" if ended else f"did not answer within {START_LIMIT:.0f} s"
            said = log.read_bytes()[begins:].decode(errors="replace").strip()
            raise VoiceGatewayError(f"The gateway {what}. {log} says:\n{said}")
        time.sleep(0.05)
    say(f"Started (process {child.pid}); it writes to {log}.")
    return 0


def _restart(options: Options) -> int:
    if _running() is not None:
        _could_start()
        _stop(options)
    return _start(options)


def _could_start() -> None:
    """Raise ConfigError for a configuration or a database with which a gateway could not start."""
    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.core.paths import system_paths
    from voicegw_desktop.storage import migrate

    try:
        migrate.check(GatewayConfig.load().database(system_paths()))
    except ConfigError as error:
        raise ConfigError(f"{error} The gateway that runs goes on until then.", code=error.code) from error


def _running() -> int | None:
    """The process id of the gateway that answers on the control channel."""
    import asyncio

    return asyncio.run(_running_pid())


async def _running_pid() -> int | None:
    from voicegw_desktop.cli.operate import attached
    from voicegw_desktop.core.paths import system_paths
    from voicegw_desktop.gateway.operations import OPERATIONS

    answer = await attached(system_paths().socket, OPERATIONS["status"], {})
    pid = record(answer).get("pid")
    return pid if isinstance(pid, int) and pid else None


VERBS = (
    Verb("demo", "One voice turn on this machine, with the time and cost of each stage.", _demo, _demo_arguments),
    Verb("smoke-test", "One voice turn through the gateway that runs.", _smoke_test, _smoke_test_arguments),
    Verb("say", "Speak a text on this machine's speaker.", sound.say, sound.say_arguments),
    Verb("listen", "Print what this machine's microphone hears.", sound.listen, sound.listen_arguments),
    Verb("talk", "Talk with the models, by microphone and speaker.", sound.talk, sound.talk_arguments),
    Verb("serve", "Serve the socket without a window, until stopped.", _serve, _serve_arguments),
    Verb("app", "The tray application.", _app, _app_arguments),
    Verb("start", "Serve in the background.", _start),
    Verb("stop", "Stop the gateway that runs.", _stop),
    Verb("restart", "Stop it and serve again.", _restart),
    Verb("conformance", "Try client packages against the gateway.", _conformance, _conformance_arguments),
    Verb("init", "Write a configuration to begin with.", _init, _init_arguments),
    Verb("onboard", "Fetch the starter models and show how to connect.", _onboard, _onboard_arguments),
    Verb("completion", "Print what a shell needs to complete commands.", completion.run, completion.arguments),
    Verb("mcp", "The operations as MCP tools on standard input and output.", _mcp, _mcp_arguments),
    Verb(
        "reconcile",
        "What a provider bills beside what is recorded here, by model and day.",
        invoices.reconcile,
        invoices.reconcile_arguments,
    ),
    Verb(
        "export-costs",
        "Costs of a period as CSV, JSON, JSON Lines or Parquet.",
        exports.export_costs,
        exports.export_costs_arguments,
    ),
    Verb(
        "export-requests",
        "Every stored request of a period as CSV, JSON Lines or Parquet.",
        exports.export_requests,
        exports.export_rows_arguments,
    ),
    Verb(
        "export-turns",
        "Every stored turn of a period as CSV, JSON Lines or Parquet.",
        exports.export_turns,
        exports.export_rows_arguments,
    ),
    Verb(
        "export-invoice",
        "What a project is charged for a month, as a page or as CSV.",
        exports.export_invoice,
        exports.export_invoice_arguments,
    ),
)
