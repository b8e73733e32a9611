"""The model store as a list of rows: what the catalogue says, and how far each pull is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from voicegw_desktop.app.viewmodels.state import Pull
from voicegw_desktop.app.viewmodels.words import count, duration, size

KINDS = {"stt": "speech", "llm": "language", "tts": "voice", "turn": "turn taking"}


@dataclass(frozen=True)
class Shelf:
    """One model."""

    id: str
    title: str
    modality: str
    languages: str
    size_bytes: int | None
    ram_mb: int | None
    licence: str
    state: str
    """The store's word, or that of the pull under way."""
    words: str
    """The state for people: `installed`, `42 %`, `paused at 42 %`, or nothing for what can be fetched."""
    share: float | None
    """Fetched part, while a pull is begun."""
    about: str


def rows(store: Iterable[Mapping[str, Any]], pulls: Mapping[str, Pull], only: str, search: str) -> list[Shelf]:
    """The rows to show: installed ones first, starters next, then by kind and name."""
    wanted = search.lower().split()
    found = []
    for model in store:
        if only and not (model["modality"] == only or (only == "installed" and model["installed"])):
            continue
        text = " ".join((model["id"], model["title"], model["licence"], *model["languages"])).lower()
        if all(word in text for word in wanted):
            found.append((_rank(model, pulls), _shelf(model, pulls.get(model["id"]))))
    return [shelf for _, shelf in sorted(found, key=lambda pair: pair[0])]


def summary(pulls: list[Pull]) -> str:
    """All pulls in one line: `2 models, 120 MB of 460 MB, 8 MB a second, 40 s to go`."""
    done, total = sum(p.done for p in pulls), sum(p.total for p in pulls)
    rate = sum(p.per_s for p in pulls)
    parts = [count(len(pulls), "model")]
    if total:
        parts.append(f"{size(done)} of {size(total)}")
    if rate > 0:
        parts.append(f"{size(round(rate))} a second")
        if total:
            parts.append(f"{duration((total - done) / rate)} to go")
    return ", ".join(parts)


def _rank(model: Mapping[str, Any], pulls: Mapping[str, Pull]) -> tuple[object, ...]:
    begun = model["id"] in pulls and pulls[model["id"]].state != "installed"
    return (
        not model["installed"],
        not (begun or model["state"] in ("partial", "damaged")),
        not model["starter"],
        ("stt", "llm", "tts").index(model["modality"]) if model["modality"] in ("stt", "llm", "tts") else 3,
        model["id"],
    )


def _shelf(model: Mapping[str, Any], pull: Pull | None) -> Shelf:
    state, share = str(model["state"]), None
    words = {"available": "starter" if model["starter"] else "", "partial": "begun"}.get(state, state)
    if pull is not None and pull.state != "installed" and state != "installed":
        state, share = pull.state, pull.share
        words = {
            "waiting": "waiting",
            "pulling": f"{pull.share:.0%}",
            "verifying": "checking",
            "paused": f"paused at {pull.share:.0%}",
            "failed": "failed",
        }.get(state, state)
    about = pull.message if pull is not None and pull.state == "failed" and pull.message else ""
    if not about:
        parts = [model["id"], model["speed"], model["note"]]
        if not model["pinned"]:
            parts.append("hashes are recorded at the first download")
        about = ". ".join(str(p).rstrip(".") for p in parts if p)
    languages = list(model["languages"])
    shown = "many" if languages == ["multi"] else ", ".join(languages[:3]) + (" …" if len(languages) > 3 else "")
    return Shelf(
        model["id"], model["title"], model["modality"], shown, model["size_bytes"], model["ram_mb"],
        model["licence"], state, words, share, about,
    )  # fmt: skip
