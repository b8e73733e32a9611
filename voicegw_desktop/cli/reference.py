"""`python -m voicegw_desktop.cli.reference [FILE]`: the reference page, made from what the program itself knows.

Settings come from the schema, operations from their table, verbs from the parser, metrics from the collector. What has
no description there is a fault, and a test says so; nothing is written twice.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import sys
import textwrap
import types
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from voicegw_desktop.cli.verbs import VERBS
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.config.section import Section
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.gateway.operations import OPERATIONS, Operation, Param

HEAD = """# Reference

Made by `python -m voicegw_desktop.cli.reference docs/reference.md`; change the descriptions in the program, not here.

* [Settings](#settings) of `voicegw.yaml`
* [Operations](#operations) on the command line, over HTTP and over MCP
* [Commands](#commands) that are not operations
* [Metrics](#metrics)
"""
NAME = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *settings(), *operations(), *verbs(), *metrics()]).rstrip() + "\n"


def undocumented() -> list[str]:
    """Every setting, parameter, verb and metric without a description."""
    missing = [path for path, field, section in fields() if not described(section, path.rpartition(".")[2], field)]
    missing += [section.__name__ for _, section in sections() if not section.__dict__.get("__doc__")]
    for operation in OPERATIONS.values():
        missing += [f"{operation.name}.{p.name}" for p in operation.params if not p.description]
    missing += [verb.name for verb in VERBS if not verb.help]
    return missing + [name for name, _, text in _metrics() if not text]


# -- settings -------------------------------------------------------------------------------------------------------


def sections(model: type[Section] = VoiceGatewaySchema, at: str = "") -> Iterator[tuple[str, type[Section]]]:
    """(path, section) of every part of the file, depth first; `<name>` stands for names of your own."""
    yield at, model
    for name, field in model.model_fields.items():
        if field.exclude:
            continue
        path = f"{at}.{name}" if at else name
        for inner, step in _inner(field.annotation):
            yield from sections(inner, path + step)


def fields() -> Iterator[tuple[str, FieldInfo, type[Section]]]:
    """(path, field, section) of every setting."""
    for at, section in sections():
        for name, field in section.model_fields.items():
            if not field.exclude:
                yield (f"{at}.{name}" if at else name), field, section


def described(section: type[Section], name: str, field: FieldInfo) -> str:
    """What the field's own description or the string below it in the source says; empty: nothing.

    pydantic's `use_attribute_docstrings` reads every section's source at each start of the program, which takes a
    quarter of the time that the configuration takes; only this page needs the strings.
    """
    return field.description or next((found[name] for cls in section.__mro__ if name in (found := _strings(cls))), "")


@lru_cache
def _strings(cls: type) -> Mapping[str, str]:
    """Field → the string below it, of one class without its bases."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    except (OSError, TypeError):
        return {}
    if not isinstance(body, ast.ClassDef):
        return {}
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in itertools.pairwise(body.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


def settings() -> Iterator[str]:
    """A table for each section."""
    yield "## Settings\n"
    seen: dict[type[Section], str] = {}
    for at, section in sections():
        yield f"### {f'`{at}`' if at else 'The file'}\n"
        yield _line(section.__doc__) + "\n"
        if section in seen:
            yield f"The same settings as `{seen[section]}`.\n"
            continue
        seen[section] = at
        yield "| setting | value | default | |\n|---|---|---|---|"
        for name, field in section.model_fields.items():
            if not field.exclude:
                yield f"| `{name}` | {_kind(field)} | {_default(field)} | {_line(described(section, name, field))} |"
        if section.model_config.get("extra") == "allow":
            yield "\nOther keys are handed on as they are."
        yield ""


def _inner(kind: Any) -> Iterator[tuple[type[Section], str]]:
    """The sections inside a type, with the step that leads there."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind, ""  # type: ignore[misc]
        return
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        for found, step in _inner(arguments[1]):
            yield found, ".<name>" + step
    elif get_origin(kind) is list:
        for found, step in _inner(arguments[0]):
            yield found, "[]" + step
    elif get_origin(kind) in (Union, types.UnionType):
        for argument in arguments:
            yield from _inner(argument)


def _kind(field: FieldInfo) -> str:
    return _words(field.annotation, field).replace("|", "\\|")


def _words(kind: Any, field: FieldInfo | None = None) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _words(arguments[0], field)
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in arguments)
    if origin is dict:
        return f"names → {_words(arguments[1])}"
    if origin is list:
        return f"list of {_words(arguments[0])}"
    if origin in (Union, types.UnionType):
        return " or ".join(_words(a, field) for a in arguments if a is not type(None))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "section"
    if field is not None and any(getattr(m, "func", None) is not None for m in field.metadata):
        marks = {"_keep_alive": "duration", "_size": "size", "_target": "provider/model"}
        names = (getattr(getattr(m, "func", None), "__name__", "") for m in field.metadata)
        return next((marks[name] for name in names if name in marks), NAME.get(kind, "any"))
    return NAME.get(kind, "any")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "empty" if value in ("", [], {}) else f"`{value}`"


# -- operations, verbs, metrics ---------------------------------------------------------------------------------------


def operations() -> Iterator[str]:
    """One entry each, by command."""
    yield "## Operations\n"
    yield (
        "Each is there three times: as a command, over HTTP with the same names as JSON fields or query parameters, "
        "and as an MCP tool.\n`GET` needs a key with the scope `read`, the others `write`. "
        "Keys, secrets, settings, sound, storage, prices, budgets, imports and the end of a project need `admin`.\n"
        "What destroys something only says what it would do until `confirm` is true (`--yes`).\n"
    )
    for operation in sorted(OPERATIONS.values(), key=lambda o: o.verb):
        yield f"### `voicegw {operation.verb}`\n"
        yield f"{operation.description}\n"
        yield f"HTTP `{operation.method} {_plain(operation)}` · MCP `{operation.tool}`\n"
        if operation.params:
            yield "| parameter | value | |\n|---|---|---|"
            for param in operation.params:
                yield f"| `{param.name}` | {_param(param)} | {_line(param.description)} |"
            yield ""


def _plain(operation: Operation) -> str:
    return operation.path.replace(":.+}", "}")


def _param(param: Param) -> str:
    kind = ", ".join(f"`{c}`" for c in param.choices) or {"string": "text", "array": "list"}.get(param.kind, param.kind)
    notes = ["required"] if param.required else []
    notes += ["never on the command line: read from standard input"] if param.secret else []
    notes += [f"default `{param.default}`"] if param.default not in (None, False) else []
    return "; ".join([kind, *notes])


def verbs() -> Iterator[str]:
    """The commands that start something or write a file."""
    yield "## Commands\n"
    yield "| command | |\n|---|---|"
    for verb in VERBS:
        yield f"| `voicegw {verb.name}` | {_line(verb.help)} |"
    yield ""


def metrics() -> Iterator[str]:
    """What `GET /v1/metrics` tells."""
    yield "## Metrics\n"
    yield "`GET /v1/metrics`, Prometheus text, counted since the start.\n"
    yield "| metric | kind | |\n|---|---|---|"
    for name, kind, text in _metrics():
        yield f"| `{name}` | {kind} | {_line(text)} |"


def _metrics() -> list[tuple[str, str, str]]:
    from voicegw_desktop.sockets.operations.metrics import Metrics

    lines = Metrics(EventBus()).text().splitlines()
    kinds = dict(line.split(" ", 3)[2:] for line in lines if line.startswith("# TYPE "))
    helps = [line.split(" ", 3)[2:] for line in lines if line.startswith("# HELP ")]
    return [(name, kinds[name], " ".join(text)) for name, *text in helps]


def _line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def main(argv: list[str]) -> int:
    """Write the page to the file named, or to standard output."""
    parser = argparse.ArgumentParser(prog="python -m voicegw_desktop.cli.reference", description="The reference page.")
    parser.add_argument("file", nargs="?", type=Path, help="where to write it; none: standard output")
    file: Path | None = parser.parse_args(argv).file
    if file is not None:
        file.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
