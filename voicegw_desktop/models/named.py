"""Models whose files the user keeps elsewhere, named in `engines.<engine>.models`: the store lists and finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from voicegw_desktop.core.errors import ModelNotInstalled
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.models.errors import ModelInUse
from voicegw_desktop.models.files import size_below
from voicegw_desktop.models.listing import ModelInfo
from voicegw_desktop.models.voices import does, voices_of

Named: TypeAlias = Callable[[], Mapping[str, Path]]
"""`provider/model` → its folder or file, as the configuration has them now."""


def setting(id: str) -> str:
    """Where the configuration names the model."""
    provider, _, model = id.partition("/")
    return f"engines.{provider}.models.{model}"


def seen_at(id: str, path: Path) -> tuple[str, int]:
    """What changes when the path names something else, or files come to its folder or leave it."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return f"{id} {path}", 0
    return f"{id} {path} {stat.st_ino}", stat.st_mtime_ns


def paths(own: Mapping[str, Path]) -> list[str]:
    """Each path that is named, and the files that lie in it where it is a folder."""
    found = []
    for path in own.values():
        found.append(str(path))
        # one that cannot be read has no lines of its files either
        with suppress(OSError, ValueError):
            found += [str(file) for file in path.rglob("*")] if path.is_dir() else []
    return found


def found(id: str, path: Path) -> Path:
    """`path`, if anything is there that can be read; else ModelNotInstalled."""
    provider, _, model = id.partition("/")
    try:
        there = path.exists()
        if path.is_dir():
            next(path.iterdir(), None)
            # a folder that may be listed but not entered has names without files
            (path / "tokens.txt").exists()
        elif path.is_file():
            # never a pipe, which would wait for its other end
            path.open("rb").close()
    except OSError as error:
        raise ModelNotInstalled(
            f"engines.{provider}.models.{model} names {path}, which cannot be read ({error.strerror or error})."
        ) from error
    if not there:
        raise ModelNotInstalled(f"engines.{provider}.models.{model} names {path}, which does not exist.")
    return path


def line(id: str, path: Path) -> ModelInfo:
    """The listing's line for one of them.

    Files that are not there, or cannot be used, are told as damage: no pull brings them. What such a model does is not
    known.
    """
    provider, _, model = id.partition("/")
    entry = PROVIDERS[provider]
    what, languages, note = None, set[str](), "named in the configuration"
    try:
        what = does(provider, model, found(id, path))
        if what is None:
            note = f"{setting(id)} names {path}, which holds neither a recogniser nor a voice"
    except ModelNotInstalled as error:
        note = error.message.removesuffix(".")
    here = what is not None
    if what is Modality.TTS:
        languages = {voice.language.partition("-")[0] for voice in voices_of(provider, model, path)}
    elif what is not None and entry.hears is not None:
        languages = set(entry.hears(path))
    return ModelInfo(
        id=id,
        title=model,
        modality=what.value if what else "",
        licence="unknown",
        languages=tuple(sorted(languages)),
        size_bytes=size_below(path) if here else None,
        ram_mb=None,
        speed="",
        state="installed" if here else "damaged",
        pinned=False,
        sources=(),
        source=setting(id),
        path=path if here else None,
        note=note,
        outside=True,
    )


def refuse(id: str) -> None:
    """Raise ModelInUse: the files are the user's own."""
    raise ModelInUse(f"{id} is named in {setting(id)}, so its files are your own: neither removed nor checked here.")
