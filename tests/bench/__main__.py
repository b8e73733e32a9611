"""All benches, one after the other, each in a process of its own: `python -m tests.bench [--list] [names...]`.

Ends with one table of everything measured. VOICEGW_TEST_MODELS names the folder of model weights.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.figures import COLLECT

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 900.0
HISTORY = ROOT / "artifacts" / "bench.jsonl"
"""One line a run, read by tests/bench/trend.py; VOICEGW_BENCH_HISTORY names another file."""


@dataclass(frozen=True)
class Bench:
    """One module in this folder."""

    about: str
    weights: bool = True
    """Needs real model weights."""
    screen: bool = False
    """Needs a virtual display and a session bus."""
    arguments: tuple[str, ...] = ()


BENCHES = {
    "socket": Bench("what the socket adds to speech, chat and transcription; headless start and rest"),
    "overhead": Bench("what routing, budgets and metering add to a first token", weights=False),
    "doors": Bench("first token and first sound of each door beside OpenAI's, in pairs", weights=False),
    "admission": Bench("what a budget costs a request, with the file that programs share", weights=False),
    "switch": Bench("a route changed while streams are open: operation to next open", weights=False),
    "app": Bench("the tray application's start and rest", weights=False, screen=True),
    "app_pages": Bench("what the window's pages ask of the loop", weights=False),
    "app_streams": Bench("how long the window keeps its thread beside 20 streams, 100,000 requests", weights=False),
    "app_changes": Bench("how long the window keeps its thread while it changes and opens things", weights=False),
    "stt": Bench("whisper: final after the endpoint, words wrong, against the bare engine", arguments=("--quick",)),
    "tts": Bench("piper and kokoro: first audio beside whisper, round trips"),
    "saturation": Bench("the app loop and a language model beside busy engines"),
    "threads": Bench("whether engines get the number of threads that is quickest here"),
    "voice_turn": Bench("one offline voice turn: end of speech to first audible sample"),
    "speakers": Bench("who said what: error of the labels in conversations of two to four voices"),
    "engines_memory": Bench("memory that comes back when an engine is unloaded"),
    "engine_faults": Bench("what a client sees of each engine fault, and how long it lasts", weights=False),
    "endings": Bench("from SIGTERM to the end, in each state"),
    "storage": Bench("recording and reporting at a million rows", weights=False, arguments=("200000",)),
}
"""In the order in which they run; the fuzzer and the model store's bench (which downloads) run by name only."""
BY_NAME = {
    "fuzz": Bench("malformed messages against a served socket", weights=False),
    "models": Bench("pulling and verifying a model beside pip and hashlib; uses the network", weights=False),
    "packaged": Bench("the installed program's start beside the checkout's; after `make package`", screen=True),
    "ends": Bench("whisper: false ends at pauses, adaptive beside fixed"),
    "live_words": Bench("whisper: words wrong of live streams, and the work done for them"),
    "recognisers": Bench("moonshine beside whisper tiny.en: waits, words, processor, memory"),
    "languages": Bench("kokoro's other languages, heard by whisper"),
    "two_chats": Bench("a side pass beside the answer that a person waits for"),
    "turn_pairs": Bench("spoken turns of this tree and another; needs the interpreter of the other"),
    "engines_together": Bench("the engines' own saturation, without sockets"),
}


def missing(bench: Bench) -> str | None:
    """The reason why a bench cannot run here; None when it can."""
    if bench.weights and not os.environ.get("VOICEGW_TEST_MODELS"):
        return "VOICEGW_TEST_MODELS names no folder of weights (make models-test fetches them)"
    if bench.screen and not (shutil.which("Xvfb") and shutil.which("dbus-daemon")):
        return "Xvfb or dbus-daemon is not installed (make system-test)"
    return None


def run(name: str, bench: Bench, collected: Path) -> bool:
    """Run one; True when it ended well."""
    print(f"\n== {name}: {bench.about}", flush=True)
    if reason := missing(bench):
        print(f"not run: {reason}")
        return False
    began = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{name}", *bench.arguments],
            cwd=ROOT,
            env={**os.environ, COLLECT: str(collected)},
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"ended after {LIMIT_S:.0f} s without a result")
        return False
    print(f"({time.monotonic() - began:.0f} s)", flush=True)
    return done.returncode == 0


def remember(rows: list[dict[str, object]]) -> None:
    """Add this run to the history."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    into = Path(os.environ.get("VOICEGW_BENCH_HISTORY") or HISTORY)
    into.parent.mkdir(parents=True, exist_ok=True)
    entry = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "figures": rows,
    }
    with into.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def main(names: list[str]) -> int:
    """The exit status: 0 when every bench ran. A missed figure is printed and fails nothing."""
    known = {**BENCHES, **BY_NAME}
    if "--list" in names:
        for name, bench in known.items():
            print(f"{name:16} {bench.about}")
        return 0
    if unknown := [name for name in names if name not in known]:
        print(f"No bench is called {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        collected = Path(folder) / "figures.jsonl"
        collected.touch()
        for name in names or BENCHES:
            if not run(name, known[name], collected):
                failed.append(name)
        rows = [json.loads(line) for line in collected.read_text(encoding="utf-8").splitlines()]
    print("\n| figure | measured | wanted | |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['figure']} | {row['measured']} | {row['wanted']} | {'' if row['good'] else 'missed'} |")
    remember(rows)
    if failed:
        print(f"\nWithout a result: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
