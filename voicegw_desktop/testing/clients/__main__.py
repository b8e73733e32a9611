"""`python -I FOLDER MODULE`: runs one client's checks; where the gateway is comes as JSON on standard input.

First {"versions"} or {"missing"} goes to standard output, then {"feature", "ok", "seconds", "detail"} for each check,
or {"feature", "skipped"} with the reason.
Nothing of VoiceGateway is imported, so that any environment with the client in it can run this.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import json
import os
import sys
import time
import wave
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

CHECK_LIMIT = 60.0  # s for one check; a cold engine takes some of it
ENOUGH = 0.8  # share of the clip's words that must be heard


class Where:
    """The gateway under test, and the recording that is spoken to it."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self.url = told["url"]
        self.v1 = f"{self.url}/v1"
        self.key, self.key_id, self.secret = told["key"], told["key_id"], told["secret"]
        self.socket, self.wyoming = told["socket"], told["wyoming"]
        self.clip, self.words = told["clip"], told["words"]
        self.program, self.home = told["program"], told["home"]
        self.origin = told["origin"]
        """The origin of a page that the gateway admits; empty: none."""
        self.wyoming_port = told["wyoming_port"]
        """Wyoming over TCP; empty: not served."""
        self.examples = [Path(folder) for folder in told.get("examples", "").split(os.pathsep) if folder]
        """Folders with agent files that are to be tried."""

    def pcm(self, trailing_s: float = 1.0) -> tuple[bytes, int]:
        """(int16 mono samples with silence at the end, rate)."""
        with wave.open(self.clip, "rb") as file:
            rate = file.getframerate()
            return file.readframes(file.getnframes()) + bytes(int(rate * trailing_s) * 2), rate

    def is_heard(self, text: str) -> str:
        """Fails unless the clip's words are in the text."""
        spoken, found = _words(self.words), set(_words(text))
        share = sum(word in found for word in spoken) / len(spoken)
        assert share >= ENOUGH, f"heard {text!r}"
        return f"{share:.0%} of the words"

    def is_speech(self, seconds: float) -> str:
        """Fails unless this is about how long one spoken sentence lasts."""
        assert 0.5 < seconds < 10.0, f"{seconds:.2f} s of audio"
        return f"{seconds:.1f} s of audio"

    @property
    def sentence(self) -> str:
        return "Good morning. The meeting starts at nine."


Check = Callable[[Where], Awaitable[str]]


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


def main() -> int:
    """Run the checks of one module; 0 when all of them ran."""
    client = importlib.import_module(sys.argv[1])
    packages: tuple[str, ...] = client.PACKAGES
    told: dict[str, Any] = json.loads(sys.stdin.read())
    where = Where(told)
    checks: tuple[tuple[str, Check], ...] = client.checks(where) if hasattr(client, "checks") else client.CHECKS
    versions: dict[str, str] = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            _tell({"missing": package})
            return 0
    versions.update(getattr(client, "versions", dict)())
    if str(versions) in told.get("known", ()):
        _tell({"known": True})
        return 0
    _tell({"versions": versions})
    for name in [n for n in os.environ if n.lower() in ("http_proxy", "https_proxy", "all_proxy")]:
        del os.environ[name]
    # some take longer to import than a check may last
    for name in getattr(client, "IMPORTS", ()):
        importlib.import_module(name)
    asyncio.run(_run(client, checks, where))
    return 0


async def _run(client: ModuleType, checks: tuple[tuple[str, Check], ...], where: Where) -> None:
    """`prepare` of the module when it has one, each check in turn, and its `close`."""
    try:
        if hasattr(client, "prepare"):
            await client.prepare(where)
    except Exception as e:
        reason = str(e) if isinstance(e, NotImplementedError) else ""
        for feature, _ in checks:
            told = (
                {"skipped": reason}
                if reason
                else {"ok": False, "seconds": 0, "detail": f"{type(e).__name__}: {e}"[:300]}
            )
            _tell({"feature": feature, **told})
    else:
        await _checked(checks, where, getattr(client, "LIMIT", CHECK_LIMIT))
    finally:
        if hasattr(client, "close"):
            await client.close()


async def _checked(checks: tuple[tuple[str, Check], ...], where: Where, limit: float) -> None:
    for feature, check in checks:
        began = time.monotonic()
        try:
            async with asyncio.timeout(limit):
                ok, detail = True, await check(where)
        except NotImplementedError as e:
            # this version of the client cannot do it, or not here
            _tell({"feature": feature, "skipped": str(e)})
            continue
        except Exception as e:
            ok, detail = False, f"{type(e).__name__}: {e}"[:300]
        _tell({"feature": feature, "ok": ok, "seconds": round(time.monotonic() - began, 2), "detail": detail})


def _tell(fact: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
