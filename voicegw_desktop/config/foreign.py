"""Keys of VoiceGateway's files that have no use here: they load, and each becomes one notice with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.typed import record

Path = tuple[str, ...]

_NOTHING = "remove it"
UNUSED: dict[Path, str] = {
    ("dashboard",): "the tray's window shows what the dashboard shows; remove it",
    ("livekit",): "agents find their LiveKit server by LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET",
    ("ingest",): "requests are recorded where they pass, and none are sent in; remove it",
    ("retention", "enabled"): "each number of days under retention may be 0, which keeps for ever; remove it",
    ("retention", "default_days"): "set retention.requests_days and retention.turns_days",
    ("workers",): "sums are kept up to date with each request; remove it",
    ("clickhouse",): "records are stored in cost_tracking.db_path; remove it",
    ("rate_card",): "write what you pay under prices.<provider>.<model>",
    ("pricing",): "a model whose price is not known is shown as unpriced; see projects.<id>.unpriced",
    ("projects", "*", "tenant"): _NOTHING,
    ("projects", "*", "metrics"): _NOTHING,
    ("projects", "*", "replay"): "what is said is not recorded; remove it",
    ("projects", "*", "routing"): "write what serves what under routing, or as the project's default_stack",
    ("projects", "*", "branding"): _NOTHING,
    ("cost_tracking", "storage"): "records are stored in SQLite; remove it",
    ("latency", "enabled"): "set observability.latency_tracking",
    ("serve", "provider_base_url_hosts"): "an address is checked where providers.<name>.base_url gives it; remove it",
    ("auth", "local_development"): "to let programs of this machine in without a key, set serve.keyless_loopback",
    ("auth", "enforcement"): "keys are always checked; remove it",
}
"""Key of VoiceGateway 0.27 (`*`: any name) → what to do."""


def without_unused(data: Mapping[str, object]) -> dict[str, object]:
    """The data that is validated: without the keys of `UNUSED`."""
    kept = dict(data)
    for path, _ in _found(data):
        _drop(kept, path)
    return kept


def unused_keys(data: Mapping[str, object]) -> list[str]:
    """One `path: sentence` for each key of VoiceGateway that has no use here."""
    found = [f"{'.'.join(path)}: VoiceGateway's setting has no effect here; {advice}." for path, advice in _found(data)]
    for name, settings in _items(data.get("providers")):
        kind = record(settings).get("type") or name
        engine = PROVIDERS.get(kind) if isinstance(kind, str) else None
        if engine is None or not engine.engine:
            continue
        known = engine.options.model_fields if engine.options else {}
        for key in record(settings):
            if key == "base_url" and engine.worker is not None and not (engine.worker.http and kind != name):
                found.append(
                    f"providers.{name}.base_url: it has no effect here, because {kind} runs on this machine; give the"
                    f" server a name of its own and a type: {' or '.join(_servers())}."
                )
            elif key in known and key not in ("enabled", "base_url"):
                found.append(f"providers.{name}.{key}: it has no effect here; write it as engines.{kind}.{key}.")
            elif key in ("model", "model_path", "model_dir", "voice", "default_voice"):
                found.append(
                    f"providers.{name}.{key}: it has no effect here; give a name under models its model and voice."
                )
    return found


def _servers() -> list[str]:
    return [name for name, entry in PROVIDERS.items() if entry.own_server]


def _found(data: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    for pattern, advice in UNUSED.items():
        yield from ((path, advice) for path in _matching(data, pattern))


def _matching(data: object, pattern: Path, before: Path = ()) -> Iterator[Path]:
    if not pattern:
        yield before
        return
    for key, value in _items(data):
        if pattern[0] in ("*", key):
            yield from _matching(value, pattern[1:], (*before, key))


def _items(data: object) -> Iterator[tuple[str, object]]:
    if isinstance(data, Mapping):
        yield from ((key, value) for key, value in data.items() if isinstance(key, str))


def _drop(data: dict[str, object], path: Path) -> None:
    """Remove a path; what is changed is copied first, because the file's data stays as it is."""
    if len(path) == 1:
        del data[path[0]]
        return
    data[path[0]] = inner = {**record(data[path[0]])}
    _drop(inner, path[1:])
