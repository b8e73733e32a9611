"""What every section of the configuration has in common."""

from __future__ import annotations

import types
import typing
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from voicegw_desktop.core.typed import is_list


class Section(BaseModel):
    """A part of the file. Unknown keys are errors, numbers are finite, and `yes` is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        # pydantic reads true as 1, and YAML reads yes, no, on and off as true and false
        if info.field_name in _numbers_of(cls):
            for item in value if is_list(value) else (value,):
                if isinstance(item, bool):
                    word = "yes, on or true" if item else "no, off or false"
                    raise ValueError(f"{word} is no number; write digits")
        return value


@lru_cache
def _numbers_of(section: type[Section]) -> frozenset[str]:
    """The fields that hold a number, or a list of them, and never a truth value."""
    kinds = {name: _kinds(field.annotation) for name, field in section.model_fields.items()}
    return frozenset(name for name, found in kinds.items() if found & {int, float} and bool not in found)


def _kinds(annotation: object) -> set[object]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, list, typing.Annotated):
        parts: tuple[object, ...] = typing.get_args(annotation)
        return {kind for part in parts for kind in _kinds(part)}
    return {annotation} if isinstance(annotation, type) else set()
