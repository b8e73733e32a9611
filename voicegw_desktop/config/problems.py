"""Turns a failed validation into sentences: each problem with its path, and what was probably meant."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from voicegw_desktop.core.errors import did_you_mean
from voicegw_desktop.core.text import shown

KINDS = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false",
    "string_type": "a text", "list_type": "a list",
    "dict_type": "a section with keys", "model_type": "a section with keys",
}  # fmt: skip
"""pydantic's kind of problem → what the value must be."""


def describe(error: ValidationError, root: type[BaseModel], missing_env: Mapping[str, tuple[str, ...]]) -> list[str]:
    """One `path: sentence` for each problem; `missing_env` names, by dotted path, variables that were not set."""
    return [_sentence(item, root, missing_env) for item in error.errors(include_url=False, include_context=False)]


def _sentence(item: ErrorDetails, root: type[BaseModel], missing_env: Mapping[str, tuple[str, ...]]) -> str:
    loc = item["loc"]
    # pydantic marks a key that does not fit by a last part of its own
    loc = loc[:-1] if loc and loc[-1] == "[key]" else loc
    path = ".".join(shown(str(part)) for part in loc) or "(the file)"
    if item["type"] == "extra_forbidden":
        known = known_keys(root, loc[:-1])
        hint = did_you_mean(str(loc[-1]), known) or (f" Known here: {', '.join(sorted(known))}." if known else "")
        return f'{path}: unknown key "{loc[-1]}".{hint}'
    if item["type"] == "missing":
        return f"{path}: this is required."
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = message[:1].lower() + message[1:]
    kind = KINDS.get(item["type"])
    message = f"it must be {kind}" if kind else re.sub(r"^input should be ", "it must be ", message)
    given: object = item.get("input")
    quoted = ""
    if isinstance(given, str | int | float) and not isinstance(given, bool) and not _secret(loc):
        quoted = f' (given: "{shown(str(given))}")' if shown(str(given)) not in message else ""
    unset = missing_env.get(path)
    because = f"; {' and '.join(unset)} is not set in the environment" if unset else ""
    return f"{path}: {message}{quoted}{because}."


def _secret(loc: Iterable[int | str]) -> bool:
    return any(is_secret_key(str(part)) for part in loc)


def is_secret_key(name: str) -> bool:
    """Whether a key of that name usually holds something not to be shown."""
    lowered = name.lower()
    return any(word in lowered for word in ("key", "token", "secret", "password")) and lowered not in {
        "api_keys",
        "keyterms",
        "keyless_loopback",
        "keep_alive",
        "tokens",
        "max_tokens",
    }


def known_keys(root: type[BaseModel], loc: Iterable[int | str]) -> set[str]:
    """The keys that may stand at `loc`; empty where any may."""
    here: object = root
    for part in loc:
        here = _step(here, part)
        if here is None:
            return set()
    model = _model(here)
    return set(model.model_fields) if model else set()


def _step(annotation: object, part: int | str) -> object:
    model = _model(annotation)
    if model is not None:
        field = model.model_fields.get(str(part))
        return field.annotation if field else None
    for option in _options(annotation):
        if typing.get_origin(option) in (dict, list):
            return _arguments(option)[-1]
    return None


def _model(annotation: object) -> type[BaseModel] | None:
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def _options(annotation: object) -> tuple[object, ...]:
    origin: object = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _options(_arguments(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return tuple(option for argument in _arguments(annotation) for option in _options(argument))
    return (annotation,)


def _arguments(annotation: object) -> tuple[object, ...]:
    return typing.get_args(annotation)
