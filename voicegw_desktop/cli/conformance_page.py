"""What the clients of `voicegw conformance` found: as lines of a terminal, and as a page."""

from __future__ import annotations

from collections.abc import Callable
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


def write(page: Path, table: str) -> None:
    """Replace what stands above the page's first section; the sections have other authors and stay."""
    sections = ""
    if page.exists():
        _, mark, rest = page.read_text("utf-8").partition("\n## ")
        sections = mark + rest
    page.write_text(table + sections, "utf-8")


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


def markdown(found: list[Tried]) -> str:
    """The page: one row per client and feature."""
    import platform

    from voicegw_desktop import __version__

    passed = sum(bool(check["ok"]) for tried in found for check in tried.checks)
    total = sum(len(tried.checks) for tried in found)
    lines = [
        "# Clients that were tried",
        "",
        "Written by `voicegw conformance`: unmodified packages from their registries against a served gateway with",
        "local engines only. Extra Python environments are given with `--python`, node packages with `--node`.",
        "",
        f"VoiceGateway Desktop {__version__}, Python {platform.python_version()}, {platform.system()},"
        f" {datetime.now(UTC):%Y-%m-%d}: {passed} of {total} checks passed.",
        "",
        "| client | feature | result | seen |",
        "|---|---|---|---|",
    ]
    for tried in found:
        if tried.not_run:
            lines.append(f"| {tried.title} | | not run | {tried.not_run} |")
        for check in tried.checks:
            detail = str(check["detail"]).replace("|", "/").replace("\n", " ")
            lines.append(f"| {tried.title} | {check['feature']} | {'pass' if check['ok'] else '**fail**'} | {detail} |")
        for check in tried.skipped:
            lines.append(f"| {tried.title} | {check['feature']} | not run | {check['skipped']} |")
    return "\n".join(lines) + "\n"
