"""What the clients of `voicegw conformance` found: as lines of a terminal, and as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from voicegw_desktop.core.typed import Record

Say = Callable[[str], None]


@dataclass
class Tried:
    """What one client found."""

    client: str
    versions: dict[str, str] = field(default_factory=dict)
    checks: list[Record] = field(default_factory=list)
    skipped: list[Record] = field(default_factory=list)
    """Checks that this version cannot do, with the reason."""
    not_run: str = ""

    @property
    def failed(self) -> int:
        return sum(not check["ok"] for check in self.checks)

    @property
    def title(self) -> str:
        """`livekit-agents 1.8.9, livekit 1.1.21`, the client's own name first."""
        numbers = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{self.client} ({numbers})" if numbers else self.client


def write(page: Path, found: list[Tried], clients: Sequence[str]) -> None:
    """Put what was found into the page's table; rows of other `clients`, in whose order they stand, are kept.

    The page's sections have other authors and stay.
    """
    kept: list[str] = []
    sections = ""
    if page.exists():
        table, mark, rest = page.read_text("utf-8").partition("\n## ")
        sections = mark + rest
        anew = {tried.client for tried in found}
        kept = [row for row in table.splitlines() if row.startswith("| ") and _client(row, clients) not in {"", *anew}]
    page.write_text(markdown(found, kept, clients) + sections, "utf-8")


def _client(row: str, clients: Sequence[str]) -> str:
    """The client that a row of the table is of; "" for none of these."""
    title = row.removeprefix("| ").split(" | ")[0]
    # "one (node)" begins as "one" in some version does
    known = sorted(clients, key=len, reverse=True)
    return next((name for name in known if title == name or title.startswith(f"{name} (")), "")


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


def show(tried: Tried, say: Say) -> None:
    """Tell what one client found, a line for each check."""
    say(tried.title)
    if tried.not_run:
        say(f"  not run: {tried.not_run}")
    for check in tried.checks:
        mark = "pass" if check["ok"] else "FAIL"
        say(f"  {mark}  {check['feature']:<46}{_number(check['seconds']):>7.2f} s  {check['detail']}")
    for check in tried.skipped:
        say(f"  skip  {check['feature']:<46}{'':>9}  {check['skipped']}")


def markdown(found: list[Tried], kept: Sequence[str] = (), clients: Sequence[str] = ()) -> str:
    """The page: one row per client and feature, of this run and `kept` of earlier ones, in the order of `clients`."""
    import platform

    from voicegw_desktop import __version__

    rows = [*kept, *(row for tried in found for row in _rows(tried, f"{datetime.now(UTC):%Y-%m-%d}"))]
    order = {name: place for place, name in enumerate(clients)}
    rows.sort(key=lambda row: order.get(_client(row, clients), len(order)))
    results = [row.split(" | ")[2] for row in rows]
    passed, failed = results.count("pass"), results.count(_FAIL)
    lines = [
        "# Clients that were tried",
        "",
        "Written by `voicegw conformance`: unmodified packages from their registries against a served gateway with",
        "local engines only. Extra Python environments are given with `--python`, node packages with `--node`. A run",
        "for some clients replaces their rows and counts all of them again.",
        "",
        f"VoiceGateway Desktop {__version__}, Python {platform.python_version()}, {platform.system()}:"
        f" {passed} of {passed + failed} checks passed.",
        "",
        "| client | feature | result | seen | on |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


_FAIL = "**fail**"


def _rows(tried: Tried, day: str) -> list[str]:
    """What one client found, as rows of the table."""
    told = [("", "not run", tried.not_run)] if tried.not_run else []
    told += [(str(check["feature"]), "pass" if check["ok"] else _FAIL, str(check["detail"])) for check in tried.checks]
    told += [(str(check["feature"]), "not run", str(check["skipped"])) for check in tried.skipped]
    return [
        f"| {tried.title} | {feature} | {result} | {detail.replace('|', '/').replace(chr(10), ' ')} | {day} |"
        for feature, result, detail in told
    ]
