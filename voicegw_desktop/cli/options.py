"""What a parsed command line holds, with types."""

from __future__ import annotations

import argparse
from collections.abc import Callable


class Options(argparse.Namespace):
    """The options of every command; one holds those of its own command and the common ones."""

    run: Callable[[Options], int] | None
    used: argparse.ArgumentParser
    config: str | None
    json: bool
    temp_basedir: bool
    confirm: bool

    # serve, app, demo, smoke-test
    host: str | None
    port: int | None
    show_key: bool
    attach: str | None
    window: bool
    clip: str | None
    out: str | None
    no_play: bool

    # say, listen, talk
    text: list[str]
    target: str | None
    voice: str | None
    language: str | None
    once: bool
    seconds: float | None
    stt: str | None
    llm: str | None
    tts: str | None
    instructions: str | None
    turns: int | None

    # conformance
    only: list[str]
    url: str | None
    python: list[str]
    node: str | None
    examples: list[str]
    page: str | None

    # reconcile
    provider: str | None
    file: str | None
    column: list[str]
    tolerance: float

    # completion
    shell: str
    parser: argparse.ArgumentParser

    # init, onboard, mcp, exports
    path: str | None
    force: bool
    skip_models: bool
    read_only: bool
    output: str | None
    format: str
    project: str | None
    month: str | None
    markup: str | None
    currency: str | None
    rate: str | None
