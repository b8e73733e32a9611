"""Where each value of the configuration was written, and what it overrides there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from voicegw_desktop.config.file import KeyPath
from voicegw_desktop.config.problems import is_secret_key
from voicegw_desktop.core.errors import NotFound, did_you_mean

Kind = Literal["yaml", "env", "db", "default", "secret", "live"]
"""`secret`: the keychain or the sealed file; `live`: chosen while the program ran."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value was written."""

    kind: Kind
    where: str
    """`voicegw.yaml:12`, `managed_providers/openai`, `VOICEGW_DB_PATH`; empty for a default."""
    value: Any = None

    def __str__(self) -> str:
        return f"{self.kind} {self.where}".strip()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One value, its origin, and what it overrides (nearest first)."""

    path: str
    value: Any
    origin: Origin
    overrides: tuple[Origin, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON; secrets are masked."""
        secret = is_secret_key(self.path.rsplit(".", 1)[-1])

        def shown(value: Any) -> Any:
            from voicegw_desktop.secrets.crypto import mask

            return mask(str(value)) if secret and value else value

        def origin(item: Origin) -> dict[str, Any]:
            return {"source": item.kind, "where": item.where, "value": shown(item.value)}

        return {
            "path": self.path,
            "value": shown(self.value),
            "source": self.origin.kind,
            "where": self.origin.where,
            "overrides": [origin(item) for item in self.overrides],
        }


Origins = dict[KeyPath, tuple[Origin, ...]]


def explain(tree: dict[str, Any], origins: Origins, path: str, over: Mapping[KeyPath, Origin]) -> list[Explanation]:
    """Where the value at `path`, or each value below it, came from; NotFound with did-you-mean.

    `over` is what goes before the configuration itself: it is laid into `tree`.
    """
    for place, origin in over.items():
        _put(tree, place, origin.value)
    at = _locate(tree, path)
    return [_explain_leaf(leaf, value, origins, over.get(leaf)) for leaf, value in _leaves(value_at(tree, at), at)]


def _put(tree: dict[str, Any], at: KeyPath, value: Any) -> None:
    for part in at[:-1]:
        tree = tree.setdefault(part, {})
    tree[at[-1]] = value


def _explain_leaf(at: KeyPath, value: Any, origins: Origins, over: Origin | None) -> Explanation:
    stack = [*([over] if over else []), *origins.get(at, ())]
    if not stack:
        stack = [Origin("default", "", value)]
    return Explanation(".".join(at), value, stack[0], tuple(stack[1:]))


def _locate(tree: Any, path: str) -> KeyPath:
    at: KeyPath = ()
    here, rest = tree, path
    while rest:
        keys = list(here) if isinstance(here, dict) else []
        if isinstance(here, list):
            keys = [str(i) for i in range(len(here))]
        # a name may hold dots itself (whisper/tiny.en), so the longest that fits wins
        fits = [k for k in keys if rest == k or rest.startswith(f"{k}.")]
        if not fits:
            wrong = rest.split(".")[0]
            known = f" Known here: {', '.join(sorted(keys))}." if keys else ""
            hint = did_you_mean(wrong, keys) or known
            raise NotFound(f'The configuration has nothing at "{path}": no "{wrong}".{hint}', param="path")
        key = max(fits, key=len)
        here = here[int(key)] if isinstance(here, list) else here[key]
        at, rest = (*at, key), rest[len(key) + 1 :]
    return at


def value_at(data: Any, at: KeyPath) -> Any:
    """What stands at a path of nested dicts and lists; None when nothing does."""
    for part in at:
        if isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        elif isinstance(data, dict) and part in data:
            data = data[part]
        else:
            return None
    return data


def _leaves(value: Any, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*at, key))
    elif isinstance(value, list) and value and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*at, str(index)))
    else:
        yield at, value
