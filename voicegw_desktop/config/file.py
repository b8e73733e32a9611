"""Reads one YAML file safely: no duplicate keys, every value's line kept, `${NAME}` and `${NAME:-default}` filled.

By hand on PyYAML's nodes: its own loader takes duplicate keys and forgets the lines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.typed import is_list

MAX_FILE = 2 * 1024 * 1024  # bytes
MAX_NODES = 200_000  # values in one file after aliases are followed

KeyPath = tuple[str, ...]
SETTINGS_FILE = "settings.json"
"""In the configuration's folder; holds what a person has set in the window."""

_ENV = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}")
_UNREAD = re.compile(r"\$\{|^\$[A-Za-z_]\w*$|(?<![\w$])\$[A-Z_][A-Z0-9_]*\b")
"""What looks like a variable and is not read: `${X-y}`, a value that is `$X` alone, `$NAME` within a text."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class ConfigFile:
    """What a file said, with the line of every key."""

    path: Path
    data: dict[str, object]
    lines: dict[KeyPath, int]
    """First line is 1."""
    env: dict[KeyPath, tuple[str, ...]] = field(default_factory=dict)
    """Which variables a value was made of."""
    missing_env: list[str] = field(default_factory=list)
    unread_env: list[str] = field(default_factory=list)
    """The paths of values with a `$` form that is kept as text."""
    problems: list[str] = field(default_factory=list)
    """Numbers that are not finite, one sentence each."""


def read_config_file(path: Path, environ: Mapping[str, str]) -> ConfigFile:
    """Read and substitute; ConfigError says what cannot be read and on which line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The configuration {path} cannot be read ({error.strerror or error}). Give another with --config."
        ) from error
    if len(raw) > MAX_FILE:
        raise ConfigError(f"The configuration {path} has {len(raw)} bytes; at most {MAX_FILE} are read.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"The configuration {path} is not UTF-8 text (byte {error.start}).") from error
    return parse_config(text, path, environ)


def parse_config(text: str, path: Path, environ: Mapping[str, str]) -> ConfigFile:
    """Parse a configuration from text; `path` names it in messages. Raises ConfigError."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[KeyPath, int] = {}
        problems: list[str] = []
        if node is not None:
            _walk(node, (), lines, problems, [0], set())
        if problems:
            listed = "\n".join(f"  {problem}" for problem in problems)
            raise ConfigError(f"The configuration {path} has keys that appear twice:\n{listed}", problems)
        data = loader.construct_document(node) if node is not None else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"The configuration {path}{where} is not valid YAML: {what}.") from error
    except RecursionError as error:
        raise ConfigError(f"The configuration {path} is nested too deeply.") from error
    finally:
        loader.dispose()
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(
            f"The configuration {path} must be sections such as `providers:`, not a {type(data).__name__}."
        )
    found = ConfigFile(path, {}, lines)
    found.data = {str(key): _substitute(value, (str(key),), environ, found) for key, value in data.items()}
    if found.problems:
        listed = "\n".join(f"  {problem}" for problem in found.problems)
        raise ConfigError(f"The configuration {path} has numbers that cannot be used:\n{listed}", found.problems)
    return found


def _walk(
    node: yaml.Node,
    at: KeyPath,
    lines: dict[KeyPath, int],
    problems: list[str],
    count: list[int],
    open_nodes: set[int],
) -> None:
    count[0] += 1
    if count[0] > MAX_NODES or id(node) in open_nodes:
        raise yaml.YAMLError("aliases make it larger than any configuration")
    open_nodes = open_nodes | {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            line = key.start_mark.line + 1
            if name in seen and key.tag != "tag:yaml.org,2002:merge":
                full = ".".join((*at, name))
                problems.append(f"{full}: given on line {seen[name]} and again on line {line}; keep one.")
            seen.setdefault(name, line)
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                # a key is the text that stands there: a project may be called no, 1 or 1.0
                key.tag = "tag:yaml.org,2002:str"
            lines[(*at, name)] = line
            _walk(value, (*at, name), lines, problems, count, open_nodes)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*at, str(index))] = value.start_mark.line + 1
            _walk(value, (*at, str(index)), lines, problems, count, open_nodes)


def _substitute(value: object, at: KeyPath, environ: Mapping[str, str], found: ConfigFile) -> object:
    if isinstance(value, dict):
        return {str(k): _substitute(v, (*at, str(k)), environ, found) for k, v in value.items()}
    if is_list(value):
        return [_substitute(v, (*at, str(i)), environ, found) for i, v in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        found.problems.append(f"line {found.lines.get(at, 1)}: {'.'.join(at)}: {value} is not finite; write a number.")
    if not isinstance(value, str) or "$" not in value:
        return value
    if _UNREAD.search(_ENV.sub("", value)):
        found.unread_env.append(".".join(at))
    if names := tuple(dict.fromkeys(name for name, _ in _ENV.findall(value))):
        found.env[at] = names

    def filled(match: re.Match[str]) -> str:
        name, default = match.groups()
        if default is not None:
            # as in a shell, an empty variable counts as one that is not set
            return environ.get(name) or str(default)
        if name not in environ and name not in found.missing_env:
            found.missing_env.append(name)
        return environ.get(name, "")

    return _ENV.sub(filled, value)
