"""Providers in groups, and what each needs before it can serve."""

from __future__ import annotations

from collections.abc import Sequence

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.viewmodels.state import MODALITY_NAMES
from voicegw_desktop.app.viewmodels.words import millis
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.typed import Record, number, record, text, texts

DOES = {"stt": "speech", "llm": "language", "tts": "voices"}
KINDS = ("OpenAI-compatible server", "Wyoming server")
"""What the descriptors call the servers that can be added, for the translations."""
ORDER = ("stt", "llm", "tts")
Group = tuple[str, str, list[Record]]
"""Heading, what is said at its right, rows"""


def kind_only(provider: Record) -> bool:
    """True for the name of a kind of server: there is nothing to set before one has an address."""
    entry = PROVIDERS.get(text(provider["id"]))
    return bool(entry and entry.own_server and provider["source"] == "built in")


def server_kinds() -> list[tuple[str, str]]:
    """(title, kind) of the servers that can be added by their address; a kind that this machine also starts last."""
    kinds = [(tr(entry.own_server), name) for name, entry in PROVIDERS.items() if entry.own_server]
    return [*kinds, *((name.capitalize(), name) for name, entry in PROVIDERS.items() if entry.server)]


def groups(providers: Sequence[Record]) -> list[Group]:
    """Providers that can serve, that need a key or a package, and servers of one's own."""
    shown = sorted((p for p in providers if not kind_only(p)), key=lambda p: text(p["id"]))
    own = [p for p in shown if _own(p)]
    lacking = [p for p in shown if p not in own and not p["installed"]]
    locked = [p for p in shown if p not in own and p not in lacking and p.get("key_locked")]
    ready = [p for p in shown if p not in own and p not in lacking and p not in locked and p["configured"]]
    rest = [p for p in shown if p not in own and p not in lacking and p not in locked and p not in ready]
    return [
        (tr("Ready"), "", ready),
        (tr("Keychain locked"), "", locked),
        (tr("Servers of your own"), "", own),
        (tr("Needs a key"), tr("paste one below"), rest),
        (tr("Needs a package"), "", lacking),
    ]


def _own(provider: Record) -> bool:
    entry = PROVIDERS.get(text(provider["provider"]))
    # of an engine's kind only those at other addresses are shown
    return bool(entry and (entry.own_server or entry.engine))


def does(provider: Record) -> str:
    """The provider's modalities in short words."""
    mine = texts(provider["modalities"])
    return ", ".join(tr(DOES[m]) for m in ORDER if m in mine)


def unlocks(provider: Record) -> str:
    """What a key opens: `Speech to text (nova-3), Text to speech (aura-2-thalia-en)`."""
    entry, mine = PROVIDERS.get(text(provider["provider"])), texts(provider["modalities"])
    usual = {str(m): name for m, name in entry.default_models.items()} if entry else {}
    parts = [tr(MODALITY_NAMES[m]) + (f" ({usual[m]})" if m in usual else "") for m in ORDER if m in mine]
    return ", ".join(parts)


def key_words(provider: Record) -> str:
    """The provider's key, masked, or why none is shown."""
    if provider.get("api_key"):
        return text(provider["api_key"])
    if provider.get("key_locked"):
        return tr("keychain locked")
    return tr("none needed") if provider["configured"] else ""


def tested(provider: Record) -> str:
    """The result of the last test."""
    if provider.get("test") is None:
        return ""
    result = record(provider["test"])
    if not result["ok"]:
        return told(text(result["message"]), "upstream_error")
    return tr("answers in {time}", time=millis(number(result["ms"])))


def tone(provider: Record) -> str:
    """The colour of that result."""
    return "muted" if provider.get("test") is None else "good" if record(provider["test"])["ok"] else "bad"


def untested_because(provider: Record) -> str:
    """Why it cannot be tested now; empty when it can."""
    if not provider["installed"]:
        return tr("It cannot be tested: its package is not installed.")
    if provider.get("key_locked"):
        return tr("It cannot be tested: the keychain that holds its key is locked.")
    return "" if provider["configured"] else tr("It can be tested once it has a key.")


CLOUD = "cloud"
"""The pack with the plugins of cloud providers."""


def note(provider: Record, fetchable: bool = False) -> str:
    """What it unlocks, what is missing, and what else there is to know, as sentences. `fetchable`: a button brings what
    is missing."""
    parts = [tr("Unlocks: {what}.", what=unlocks(provider))] if unlocks(provider) else []
    if not provider["installed"]:
        parts.append(tr("Its package is not installed."))
        if not fetchable:
            parts.append(tr('Install VoiceGateway with its part "cloud", as the README tells.'))
    if provider["source"] == "yaml":
        parts.append(tr("It is set in voicegw.yaml."))
    return " ".join(part for part in (*parts, told(text(provider.get("note"))), untested_because(provider)) if part)
