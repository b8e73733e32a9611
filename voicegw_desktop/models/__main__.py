"""`python -m voicegw_desktop.models`: the store from a shell, for tests and CI."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.core.text import printable
from voicegw_desktop.models.job import Progress
from voicegw_desktop.models.store import ModelStore


def main(argv: list[str] | None = None) -> int:
    """`pull`, `list`, `verify`, `import`; 0 when everything worked."""
    parser = argparse.ArgumentParser(prog="python -m voicegw_desktop.models", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, takes in (("pull", "id"), ("list", None), ("verify", "id"), ("import", "path")):
        sub = verbs.add_parser(verb)
        sub.add_argument("--to", type=Path, default=system_paths().models, help="the store's folder")
        if takes:
            sub.add_argument("what", nargs="+", metavar=takes)
        if verb == "pull":
            sub.add_argument("--source", choices=("hub", "packages", "folder"))
    args = parser.parse_args(argv)
    try:
        return asyncio.run(_run(args))
    except VoiceGatewayError as e:
        sys.stderr.write(f"{printable(e.message)}\n")
        return 1


async def _run(args: argparse.Namespace) -> int:
    store = ModelStore(args.to)
    failed = False
    if args.verb == "list":
        for m in store.list():
            size = "?" if m.size_bytes is None else f"{m.size_bytes / 1e6:.0f} MB"
            _say(f"{m.id:36} {m.state:10} {size:>8}  {'pinned' if m.pinned else 'unpinned':8}  {m.licence}")
    elif args.verb == "pull":
        ids = [e.id for e in store.catalogue if e.starter] if args.what == ["starter"] else args.what
        # a model of several parts goes to and fro between pulling and verifying
        shown: set[str] = set()

        def show(p: Progress) -> None:
            line = f"{p.model}: {p.state}" + (f" from {p.source}" if p.state == "pulling" and p.source else "")
            # a model that is here already reports no bytes
            if p.state in ("pulling", "installed") and p.total_bytes and line not in shown:
                shown.add(line)
                _say(line)

        outcomes = await asyncio.gather(
            *(store.pull(id, show, source=args.source) for id in ids), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                if not isinstance(outcome, VoiceGatewayError):
                    raise outcome
                sys.stderr.write(f"{printable(outcome.message)}\n")
                failed = True
    elif args.verb == "verify":
        for id in args.what:
            report = await store.verify(id)
            failed |= not report.ok
            _say(f"{id}: {'whole' if report.ok else ' '.join(report.problems)}")
    else:
        for path in args.what:
            found = await store.import_from(Path(path))
            _say(f"installed: {', '.join(found.installed) or 'nothing'}")
            for id, names in found.incomplete.items():
                _say(f"{id}: not found: {', '.join(names)}")
    return int(failed)


def _say(line: str) -> None:
    sys.stdout.write(f"{printable(line)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
