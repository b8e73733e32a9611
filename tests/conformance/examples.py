"""`python -m tests.conformance.examples FOLDER...`: unmodified agents, such as LiveKit's examples, as calls.

Each file with an AgentSession runs by LiveKit's own console: it may greet, is spoken to, and has to hear and to answer
aloud. Hearing and speech are local engines; a chat server on this machine answers at once and calls tools.
`--page FILE` writes the results into a section of a page, `--python` names the environment of the agents. Needs
`VOICEGW_TEST_MODELS`.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support import quick_chat
from tests.support.console_host import ConsoleHost, console
from tests.support.served import Served, served
from tests.support.weights import weights_folder

CLIP = Path(__file__).resolve().parents[1] / "data" / "austen-0880.wav"
CONNECT = 150.0  # s for an agent to import what it needs
GREETING = 12.0  # s in which an agent that greets has begun to
ANSWER = 60.0  # s
QUIET = 1.0  # s after the last sound, before one speaks
CONFIG = """
serve: {port: 0}
engines: {keep_alive: "-1"}
providers:
  quick: {type: openai_compatible, base_url: "URL"}
routing:
  stt: {aliases: {"*": whisper/tiny.en}}
  llm: {aliases: {"*": quick/chat}}
  tts: {aliases: {"*": piper/en_US-joe-medium}}
"""
REASONS = (
    (re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'"), "needs the package {0}"),
    (re.compile(r"cannot import name '(\w+)' from 'livekit.plugins'"), "needs livekit-plugins-{0}"),
    (re.compile(r"cannot import name '(\w+)' from '([\w.]+)'"), "needs {1} with {0}"),
    (re.compile(r"Cannot connect to host ([\w.-]+)"), "asks {0}"),
    (
        re.compile(r"(\w*(?:API_KEY|_URL|TOKEN))\b.{0,60}(?:must be set|is required|not set|missing)", re.IGNORECASE),
        "needs {0}",
    ),
    (re.compile(r"KeyError: '(\w+)'"), "needs {0}"),
    (re.compile(r"^(\w*(?:Error|Exception)\b.*)$", re.MULTILINE), "{0}"),
)


SILENT = "no reason in what it printed"
TITLE = "## LiveKit's example agents"


@dataclass(frozen=True)
class Call:
    """What one example did."""

    name: str
    passed: bool
    seen: str


def agents(folder: Path) -> list[Path]:
    """The files that make a session and run by LiveKit's command line."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        if "AgentSession" in text and "run_app" in text:
            found.append(path)
    return found


def reason(log: str) -> str:
    """Why an agent did not run, by what it printed."""
    for pattern, words in REASONS:
        if found := pattern.search(log):
            return words.format(*found.groups())[:160]
    return SILENT


async def _conversation(host: ConsoleHost) -> str:
    """Greeted or not, heard, and answered aloud; AssertionError tells what failed."""
    heard = host.heard
    greeted = False
    try:
        await host.until("greeting", lambda heard: heard.audio_s > 0.5, GREETING)
        greeted = True
    except AssertionError:
        pass
    # LiveKit ignores audio while its echo canceller warms up, so the caller repeats the sentence
    for last in (False, False, True):
        host.say(CLIP)
        try:
            await host.until(
                "final transcript",
                lambda heard: any(t.is_final for t in heard.of("user_input_transcribed")),
                ANSWER if last else ANSWER / 3,
            )
            break
        except AssertionError:
            if last:
                raise
    before = heard.audio_s
    for last in (False, True):
        try:
            await host.until("spoken answer", lambda heard: heard.audio_s > before + 0.5, ANSWER / 2)
            break
        except AssertionError:
            # some tools are to be silent: the next sentence is answered in words
            if last or not heard.of("function_tools_executed"):
                raise
            host.say(CLIP)
    tools = [call.name for done in heard.of("function_tools_executed") for call in done.function_calls]
    told = ["greeted"] if greeted else []
    told += ["interrupted"] if heard.cleared else []
    told += ["heard", *(f"called {name}" for name in dict.fromkeys(tools)), "answered aloud"]
    if errors := heard.of("error"):
        told.append(f"{len(errors)} errors told to the agent")
    return ", ".join(told)


async def call(path: Path, name: str, gateway: Served, logs: Path, python: str) -> Call:
    """Run one example."""
    env = {
        **gateway.livekit_env(),
        "OPENAI_BASE_URL": gateway.v1,
        "OPENAI_API_KEY": gateway.key,
        "LIVEKIT_URL": "ws://127.0.0.1:9",
        "LIVEKIT_API_KEY": "devkey",
        "LIVEKIT_API_SECRET": "secret",
        "HF_HUB_OFFLINE": "1",
    }
    log = logs / (name.replace("/", "-") + ".log")
    try:
        async with console(path, env, log, CONNECT, python) as host:
            try:
                return Call(name, True, await _conversation(host))
            except AssertionError as e:
                why, failed = reason(log.read_text("utf-8", "replace")), str(e).partition(";")[0]
                return Call(name, False, failed if why == SILENT else f"{why} ({failed})")
    except TimeoutError:
        return Call(name, False, reason(log.read_text("utf-8", "replace")))


async def run(folders: Sequence[Path], only: Sequence[str], jobs: int, python: str) -> list[Call]:
    """Every example of these folders, a name of which is tried once; `jobs` at a time."""
    wanted: dict[str, Path] = {}
    for folder in folders:
        for path in agents(folder):
            name = str(path.relative_to(folder))
            if not only or any(word in name for word in only):
                wanted.setdefault(name.replace("-", "_"), path)
    runner, url = await quick_chat.serve()
    free = asyncio.Semaphore(jobs)
    models = weights_folder()

    async def one(name: str, path: Path, gateway: Served, logs: Path) -> Call:
        async with free:
            done = await call(path, name, gateway, logs, python)
            print(f"{'pass' if done.passed else 'not run':<8} {done.name:<50} {done.seen}", flush=True)
            return done

    try:
        with (
            tempfile.TemporaryDirectory(prefix="vgw-ex", ignore_cleanup_errors=True) as folder,
            served(models, config=CONFIG.replace("URL", url)) as gateway,
        ):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(n, p, gateway, Path(folder))) for n, p in wanted.items()]
            return [task.result() for task in tasks]
    finally:
        await runner.cleanup()


def markdown(calls: Sequence[Call], versions: str) -> str:
    """The page's section."""
    passed = sum(call.passed for call in calls)
    lines = [
        TITLE,
        "",
        f"{passed} of {len(calls)} files ran unmodified ({versions}): hearing and speech by local engines, chat by a",
        "server on this machine that answers at once and calls tools (`python -m tests.conformance.examples`).",
        "",
        "| example | result | seen |",
        "|---|---|---|",
    ]
    for one in calls:
        lines.append(f"| {one.name} | {'pass' if one.passed else 'not run'} | {one.seen.replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--python", default=sys.executable, help="an environment with livekit-agents and its plugins")
    chosen = parser.parse_args(arguments)
    calls = asyncio.run(run(chosen.folders, chosen.only, chosen.jobs, chosen.python))
    asked = "import importlib.metadata as m; print('livekit-agents', m.version('livekit-agents'))"
    versions = subprocess.run([chosen.python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    if chosen.page is not None:
        before = chosen.page.read_text("utf-8").partition(f"\n{TITLE}")[0] + "\n" if chosen.page.exists() else ""
        chosen.page.write_text(before + markdown(calls, versions), "utf-8")
    print(f"{sum(call.passed for call in calls)} of {len(calls)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
