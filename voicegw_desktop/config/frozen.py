"""Dicts and lists that refuse changes, for the merged configuration.

By hand: pydantic's `frozen` protects the fields of a model, and not the dicts and lists in them.
"""

from __future__ import annotations

from copy import deepcopy
from typing import NoReturn

from pydantic import BaseModel

from voicegw_desktop.core.typed import is_list, is_record


class FrozenDict(dict[str, object]):
    """A dict that refuses changes; deepcopy gives an ordinary one."""

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("The configuration is read-only; change the file or use an operation, then refresh_config().")

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = _refuse
    __ior__ = _refuse

    def __deepcopy__(self, memo: dict[int, object]) -> dict[str, object]:
        return {key: deepcopy(value, memo) for key, value in self.items()}

    def __copy__(self) -> dict[str, object]:
        return dict(self)


class FrozenList(list[object]):
    """A list that refuses changes; deepcopy gives an ordinary one."""

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("The configuration is read-only; change the file or use an operation, then refresh_config().")

    __setitem__ = __delitem__ = append = extend = insert = pop = remove = clear = sort = reverse = _refuse
    __iadd__ = __imul__ = _refuse

    def __deepcopy__(self, memo: dict[int, object]) -> list[object]:
        return [deepcopy(value, memo) for value in self]


def freeze(value: object) -> object:
    """Make a validated model, and all dicts and lists below it, read-only; a model is changed in place."""
    if isinstance(value, BaseModel):
        for store in (value.__dict__, value.__pydantic_extra__ or {}):
            for key, item in store.items():
                store[key] = freeze(item)
        return value
    if is_record(value):
        return FrozenDict({key: freeze(item) for key, item in value.items()})
    if is_list(value):
        return FrozenList(freeze(item) for item in value)
    return value
