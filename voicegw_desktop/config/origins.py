"""Where each value of the configuration was written, and what it overrides there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from voicegw_desktop.config.file import KeyPath
from voicegw_desktop.config.problems import is_secret_key
from voicegw_desktop.core.errors import NotFound, did_you_mean
from voicegw_desktop.core.typed import is_list, is_record, record, records

Kind = Literal["yaml", "env", "db", "default", "secret", "live", "settings"]
"""`secret`: the keychain or the sealed file; `live`: chosen while the program ran;
`settings`: by a person in the program, see `config.settings`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value was written."""

    kind: Kind
    where: str
    """`voicegw.yaml:12`, `managed_providers/openai`, `VOICEGW_DB_PATH`; empty for a default."""
    value: object = None

    def __str__(self) -> str:
        return f"{self.kind} {self.where}".strip()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One value, its origin, and what it overrides (nearest first)."""

    path: str
    value: object
    origin: Origin
    overrides: tuple[Origin, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """For JSON; secrets are masked."""
        secret = is_secret_key(self.path.rsplit(".", 1)[-1]) or ".otel_headers." in self.path

        def shown(value: object) -> object:
            from voicegw_desktop.secrets.crypto import mask

            return mask(str(value)) if secret and value else value

        def origin(item: Origin) -> dict[str, object]:
            return {"source": item.kind, "where": item.where, "value": shown(item.value)}

        return {
            "path": self.path,
            "value": shown(self.value),
            "source": self.origin.kind,
            "where": self.origin.where,
            "overrides": [origin(item) for item in self.overrides],
        }


Origins = dict[KeyPath, tuple[Origin, ...]]


def explain(tree: dict[str, object], origins: Origins, path: str, over: Mapping[KeyPath, Origin]) -> list[Explanation]:
    """Where the value at `path`, or each value below it, came from; NotFound with did-you-mean.

    `over` is what overrides the configuration itself: it is laid into `tree`.
    """
    for place, origin in over.items():
        _put(tree, place, origin.value)
    at = _locate(tree, path)
    return [_explain_leaf(leaf, value, origins, over.get(leaf)) for leaf, value in _leaves(value_at(tree, at), at)]


def _put(tree: dict[str, object], at: KeyPath, value: object) -> None:
    for part in at[:-1]:
        inner = tree.get(part)
        if not is_record(inner):
            inner = tree[part] = {}
        tree = inner
    tree[at[-1]] = value


def _explain_leaf(at: KeyPath, value: object, origins: Origins, over: Origin | None) -> Explanation:
    stack = [*([over] if over else []), *origins.get(at, ())]
    if not stack:
        stack = [Origin("default", "", value)]
    return Explanation(".".join(at), value, stack[0], tuple(stack[1:]))


def _locate(tree: object, path: str) -> KeyPath:
    at: KeyPath = ()
    here, rest = tree, path
    while rest:
        below = _below(here)
        keys = list(below)
        # a name may hold dots itself (whisper/tiny.en), so the longest that fits wins
        fits = [k for k in keys if rest == k or rest.startswith(f"{k}.")]
        if not fits:
            wrong = rest.split(".")[0]
            known = f" Known here: {', '.join(sorted(keys))}." if keys else ""
            hint = did_you_mean(wrong, keys) or known
            raise NotFound(f'The configuration has nothing at "{path}": no "{wrong}".{hint}', param="path")
        key = max(fits, key=len)
        here = below[key]
        at, rest = (*at, key), rest[len(key) + 1 :]
    return at


def value_at(data: object, at: KeyPath) -> object:
    """What stands at a path of nested dicts and lists; None when nothing does."""
    for part in at:
        if is_list(data) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        elif is_record(data) and part in data:
            data = data[part]
        else:
            return None
    return data


def _below(value: object) -> dict[str, object]:
    """The entries of a dict by key, of a list by number."""
    if is_list(value):
        return {str(index): item for index, item in enumerate(value)}
    return record(value)


def _leaves(value: object, at: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    if _below(value) and (not is_list(value) or records(value)):
        for key, item in _below(value).items():
            yield from _leaves(item, (*at, key))
    else:
        yield at, value
