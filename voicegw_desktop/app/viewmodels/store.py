"""The model store in groups: models that are fetched, installed, recommended for this machine, and the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from PySide6.QtCore import QLocale

from voicegw_desktop.app.language import capital, count, tr
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.viewmodels.state import MODALITY_NAMES, Pull
from voicegw_desktop.app.viewmodels.words import millis, size, to_go
from voicegw_desktop.core.packs import PROGRESS
from voicegw_desktop.core.typed import Record, number, record, text, texts, whole

NATIVE = {"en": "English", "es": "Español", "pt": "Português", "zh": "中文"}
"""Languages for which Qt also names a country."""

KINDS = {"stt": "speech", "llm": "language", "tts": "voice", "turn": "turn taking", "speaker": "who speaks"}
FIRSTS = {"stt": "transcript", "llm": "first token", "tts": "first sound"}
ORDER = ("stt", "llm", "tts")
SHARE = 8  # a model that is recommended needs at most this part of the memory that engines may hold
MANY = "multi"
SIZES = {"": 0, "Up to 100 MB": 100, "Up to 500 MB": 500, "Up to 1 GB": 1000, "Up to 3 GB": 3000}
"""Name of a filter → MB"""


@dataclass(frozen=True)
class Wanted:
    """What is shown; empty: everything."""

    only: str = ""
    """A modality, or `installed`."""
    language: str = ""
    """Primary tag; models of many languages fit each."""
    most_mb: int = 0
    words: str = ""

    def fits(self, model: Record) -> bool:
        """Whether the model is shown."""
        languages = texts(model["languages"])
        told = " ".join((text(model["id"]), text(model["title"]), text(model["licence"]), *languages)).lower()
        return (
            self.only in ("", text(model["modality"]), "installed" if model["installed"] else None)
            and (not self.language or self.language in languages or MANY in languages)
            and (not self.most_mb or (whole(model["size_bytes"]) or 0) <= self.most_mb * 1_000_000)
            and all(word in told for word in self.words.lower().split())
        )


@dataclass(frozen=True)
class Shelf:
    """One model."""

    id: str
    title: str
    modality: str
    languages: tuple[str, ...]
    size_bytes: int | None
    ram_mb: int | None
    licence: str
    page: str
    state: str
    """The store's word, or that of the pull under way."""
    words: str
    """The state for people: `installed`, `42 %`, `paused at 42 %`, or nothing for what can be fetched."""
    share: float | None
    """Fetched part, while a pull is begun."""
    about: str
    speed: str
    """By the catalogue."""
    measured: str
    """On this machine; empty until it has served here."""
    why: str
    """For what it is recommended; empty: it is not."""
    outside: bool
    """Whether its files are not the store's: it is neither fetched nor checked nor removed here."""
    files: str
    """The model whose files they are: its own id, or that of the same files under another engine's name."""

    @property
    def spoken(self) -> str:
        """The model's languages in a few characters."""
        if MANY in self.languages:
            return tr("many")
        if len(self.languages) == 1:
            return language_name(self.languages[0])
        return ", ".join(self.languages[:3]) + (" …" if len(self.languages) > 3 else "")


Group = tuple[str, str, list[Shelf]]
"""Heading, what is said at its right, rows"""


@dataclass(frozen=True)
class Machine:
    """What decides how good a model is here."""

    memory: int | None = None
    """Bytes that all engines may hold together."""
    free: int | None = None
    """Bytes of the disk."""
    language: str = "en"
    """The person's, as a primary tag."""
    latency: Mapping[str, object] = field(default_factory=dict)
    """`by_model` of the operation `latency`."""

    @cached_property
    def _medians(self) -> dict[str, tuple[int, float]]:
        """Model → requests and median of its most used target. Read once: the list asks for each of a hundred."""
        found: dict[str, tuple[int, float]] = {}
        for name, entry in self.latency.items():
            told = record(entry)
            median, n = number(record(told.get("ttfb_ms")).get("p50")), whole(told.get("count")) or 0
            # a voice of the model is a target of its own
            model = name.partition(":")[0]
            if median is not None and n > found.get(model, (0, 0.0))[0]:
                found[model] = (n, median)
        return found

    def measured(self, model: Record) -> str:
        """`first sound after 84 ms, 120 requests`; empty until it has served here."""
        best = self._medians.get(text(model["id"]))
        if best is None:
            return ""
        first = tr(FIRSTS.get(text(model["modality"]), "first byte"))
        times = count(best[0], "request")
        return tr("{first} after {time}, {requests}", first=first, time=millis(best[1]), requests=times)


def recommended(store: Sequence[Record], machine: Machine) -> dict[str, str]:
    """Models that suit this machine → why: the starters, the best that still leaves room, voices of the language."""
    found: dict[str, str] = {}
    room = (machine.memory or 0) // SHARE // 1_000_000

    def fits(model: Record) -> bool:
        return not machine.memory or (whole(model["ram_mb"]) or 0) * 1_000_000 <= machine.memory

    for model in store:
        if model["starter"] and fits(model):
            found[text(model["id"])] = tr("Small and fast: a good first choice.")
    for modality in ("stt", "llm"):
        able = [m for m in store if m["modality"] == modality and speaks(m, machine.language)]
        large = [m for m in able if 0 < (whole(m["ram_mb"]) or 0) <= room and not m["starter"]]
        if large:
            best = max(large, key=lambda m: whole(m["ram_mb"]) or 0)
            found.setdefault(text(best["id"]), tr("The most capable that leaves memory for the others."))
    voices = [m for m in store if m["modality"] == "tts" and machine.language in texts(m["languages"]) and fits(m)]
    if not any(text(m["id"]) in found for m in voices):
        for model in sorted(voices, key=lambda m: (whole(m["ram_mb"]) or 0, text(m["id"])))[:3]:
            found[text(model["id"])] = tr("Speaks your language.")
    return found


def speaks(model: Record, language: str) -> bool:
    """Whether it knows the language."""
    return language in texts(model["languages"]) or MANY in texts(model["languages"])


def groups(store: Sequence[Record], pulls: Mapping[str, Pull], wanted: Wanted, machine: Machine) -> list[Group]:
    """What is to be shown, in groups."""
    why = recommended(store, machine)
    shelves = [_shelf(m, pulls.get(text(m["id"])), machine, why) for m in store if wanted.fits(m)]
    shelves.sort(key=lambda s: (ORDER.index(s.modality) if s.modality in ORDER else len(ORDER), s.id))
    begun = [s for s in shelves if s.state not in ("installed", "available")]
    here = [s for s in shelves if s.state == "installed"]
    good = [s for s in shelves if s.state == "available" and s.why]
    rest = [s for s in shelves if s.state == "available" and not s.why]
    names = {
        **MODALITY_NAMES,
        "llm": tr("Language models"),
        "tts": tr("Voices"),
        "turn": tr("Turn taking"),
        "speaker": tr("Who speaks"),
    }
    return [
        (tr("Begun"), "", begun),
        (tr("Installed"), _disk(here, machine), here),
        (tr("Recommended for this machine"), _room(machine), good),
        *((tr(name), count(n, "model"), some)
          for modality, name in names.items()
          if (some := [s for s in rest if s.modality == modality]) and (n := len(some))),
    ]  # fmt: skip


def language_name(tag: str) -> str:
    """`Deutsch` for `de`; the tag where Qt knows no name."""
    if tag in NATIVE:
        return NATIVE[tag]
    found = QLocale(tag)
    name = found.nativeLanguageName() if found.language() != QLocale.Language.C else ""
    return capital(name) or tag


def languages(store: Iterable[Record]) -> list[str]:
    """Primary tags of all models."""
    return sorted({tag for model in store for tag in texts(model["languages"]) if tag != MANY})


def _disk(here: Sequence[Shelf], machine: Machine) -> str:
    used = sum({s.files: s.size_bytes or 0 for s in here}.values())
    free = tr("{size} free", size=size(machine.free)) if machine.free else ""
    return ", ".join(part for part in (count(len(here), "model"), size(used) if used else "", free) if part)


def _room(machine: Machine) -> str:
    return tr("engines may use {size}", size=size(machine.memory)) if machine.memory else ""


def summary(pulls: list[Pull]) -> str:
    """All pulls in one line: `2 models, 120 MB of 460 MB, 8 MB a second, 40 s to go`."""
    packs = sum(p.model.startswith(PROGRESS) for p in pulls)
    done, total = sum(p.done for p in pulls), sum(p.total for p in pulls)
    rate = sum(p.per_s for p in pulls)
    parts = [count(len(pulls) - packs, "model")] if len(pulls) > packs or not packs else []
    parts += [count(packs, "pack")] if packs else []
    if total:
        parts.append(tr("{done} of {total}", done=size(done), total=size(total)))
    if rate > 0:
        parts.append(tr("{size} a second", size=size(round(rate))))
        if time := to_go(total - done, rate):
            parts.append(tr("{time} to go", time=time))
    return ", ".join(parts)


def _shelf(model: Record, pull: Pull | None, machine: Machine, why: Mapping[str, str]) -> Shelf:
    state, share = text(model["state"]), None
    words = {"available": "", "partial": tr("begun"), "installed": tr("installed"), "damaged": tr("damaged")}.get(
        state, state
    )
    if pull is not None and pull.state != "installed" and state != "installed":
        state, share = pull.state, pull.share
        words = {
            "waiting": tr("waiting"),
            "pulling": f"{pull.share:.0%}",
            "verifying": tr("checking"),
            "paused": tr("paused at {share}", share=f"{pull.share:.0%}"),
            "failed": tr("failed"),
        }.get(state, state)
    about = told(pull.message) if pull is not None and pull.state == "failed" and pull.message else ""
    if not about:
        parts = [told(text(model["note"]))]
        if not model["pinned"]:
            parts.append(tr("Its files have no known hashes: those of the first download are recorded"))
        about = ". ".join(p[:1].upper() + p[1:].rstrip(".") for p in parts if p)
    return Shelf(
        text(model["id"]), text(model["title"]), text(model["modality"]), tuple(texts(model["languages"])),
        whole(model["size_bytes"]), whole(model["ram_mb"]), text(model["licence"]), text(model.get("page")), state,
        words, share, about, text(model["speed"]), machine.measured(model), why.get(text(model["id"]), ""),
        bool(model.get("outside")), text(model.get("same_files_as")) or text(model["id"]),
    )  # fmt: skip


def facts(model: Shelf, machine: Machine) -> list[tuple[str, str]]:
    """(name, value) of all that is known about it."""
    memory = size(model.ram_mb * 1_000_000) if model.ram_mb else ""
    if memory and machine.memory:
        memory = tr("{used} of {limit}", used=memory, limit=size(machine.memory))
    spoken = tr("many") if MANY in model.languages else ", ".join(language_name(tag) for tag in model.languages)
    return [
        (tr("Kind"), tr(KINDS.get(model.modality, model.modality))),
        (tr("Languages"), spoken),
        (tr("On disk"), size(model.size_bytes) if model.size_bytes else ""),
        (tr("In memory"), memory),
        (tr("Measured here"), model.measured),
        (tr("Usual speed"), told(model.speed)),
        (tr("Licence"), model.licence),
        (tr("Recommended"), model.why),
        (tr("Name"), model.id),
        (tr("Note"), model.about),
    ]
