"""The shape of an operation, and the table that CLI, HTTP, MCP and tray are made from."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, ParamSpec, TypeVar

from voicegw_desktop.core.errors import BadRequest, Forbidden, NotFound, did_you_mean
from voicegw_desktop.core.text import check_text, shown
from voicegw_desktop.core.typed import Record

Kind = Literal["string", "integer", "number", "decimal", "boolean", "array", "object"]
"""`decimal`: a number, or a text with one; the operation gets a text without an exponent, exact to the last digit."""
Scope = Literal["read", "admin"]
Answer = Mapping[str, object]
"""What an operation answers: names and values that JSON can hold."""
P = ParamSpec("P")
A = TypeVar("A", bound=Answer)

_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "decimal": (str,),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
}
LARGEST = 2**53
"""No parameter is a larger number; also the largest whole number that every JSON reader keeps exactly."""
MOST_ITEMS = 100  # entries of a list
MOST_DIGITS = 40  # of a decimal number
_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an operation."""

    name: str
    kind: Kind
    description: str
    required: bool = False
    default: object = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    """Never shown, logged or taken from a command line."""
    nullable: bool = False
    """JSON null means something: take the value away."""
    path: bool = False
    """A file or folder: the command line completes it by the folder it was started in."""
    admin: bool = False
    """Only keys with the scope `admin` may give it, whatever else the operation is for."""
    rule: Callable[[str, str], object] | None = None
    """`rule(value, name)` raises BadRequest for a text that does not fit, as `core.text.check_name` does."""

    def schema(self) -> Record:
        """JSON Schema of the value."""
        types = ["number", "string"] if self.kind == "decimal" else [self.kind]
        types += ["null"] if self.nullable else []
        found: Record = {"type": types if len(types) > 1 else types[0], "description": self.description}
        if self.choices:
            found["enum"] = [*self.choices, None] if self.nullable else list(self.choices)
        if self.kind == "array":
            found["items"] = {"type": "string"}
        if self.default is not None:
            found["default"] = self.default
        return found

    def take(self, value: object) -> object:
        """The value in its own type; text from a query string or a shell is converted. BadRequest names the param."""
        if value is None:
            if self.required and not self.nullable:
                raise BadRequest(f'"{self.name}" is required: {self.description}', param=self.name)
            return self.default
        if isinstance(value, str) and self.kind != "string":
            value = self._from_text(value)
        elif self.kind == "decimal" and isinstance(value, int | float) and not isinstance(value, bool):
            # the shortest decimal number that is this one: 0.1 stays 0.1
            value = self._from_text(repr(value))
        good = isinstance(value, _PYTHON[self.kind]) and (self.kind == "boolean" or not isinstance(value, bool))
        if not good:
            raise BadRequest(f'"{self.name}" must be {_article(self.kind)}.', param=self.name)
        self._check(value)
        if self.choices and value not in self.choices:
            hint = did_you_mean(str(value), self.choices)
            raise BadRequest(
                f'"{self.name}" is "{shown(str(value))}"; it must be one of {", ".join(self.choices)}.{hint}',
                param=self.name,
            )
        return value

    def _check(self, value: object) -> None:
        """Raise BadRequest for text that may not come in, and for a number that is not finite or too large."""
        if isinstance(value, str):
            check_text(value, self.name)
            if self.rule is not None:
                self.rule(value, self.name)
        elif isinstance(value, list | tuple):
            if len(value) > MOST_ITEMS:
                raise BadRequest(f'"{self.name}" has {len(value)} entries; at most {MOST_ITEMS} fit.', param=self.name)
            for item in value:
                if not isinstance(item, str):
                    raise BadRequest(f'"{self.name}" must be a list of texts.', param=self.name)
                check_text(item, self.name)
        elif isinstance(value, int | float) and self.kind != "boolean" and not -LARGEST <= value <= LARGEST:
            raise BadRequest(
                f'"{self.name}" is "{shown(str(value))}"; it must be a finite number of usual size.', param=self.name
            )

    def _from_text(self, value: str) -> object:
        try:
            if self.kind == "boolean":
                return _WORDS[value.lower()]
            if self.kind == "integer":
                return int(value)
            if self.kind == "number":
                return float(value)
            if self.kind == "decimal":
                return f"{_decimal(value):f}"
            if self.kind == "array" and value.lstrip().startswith("["):
                listed: object = json.loads(value)
                return listed
        except (KeyError, ValueError, ArithmeticError, RecursionError) as error:
            raise BadRequest(
                f'"{self.name}" is "{shown(value)}"; it must be {_article(self.kind)}.', param=self.name
            ) from error
        return [part.strip() for part in value.split(",") if part.strip()] if self.kind == "array" else value


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to ask; `call(gateway, **params)` gives a dict that JSON can hold."""

    name: str
    description: str
    call: Callable[..., Awaitable[Answer]]
    params: tuple[Param, ...]
    method: str
    path: str
    """In aiohttp's form; `{name}` parts are parameters."""
    tool: str
    """The operation's name over MCP."""
    verb: str
    """The operation's command, such as `keys mint`."""
    destructive: bool = False
    """Previews unless `confirm` is true."""
    live: bool = False
    """Only makes sense in the process that serves: the CLI sends it there."""
    whole: bool = False
    """The answer covers the whole machine and every project: not for a key that belongs to one project."""
    by_people: bool = False
    """Gives a permission: no MCP tool, so that no agent can give it to itself."""
    scoped: bool = False
    """`call` takes `only`, the one project that its answer may cover, or None for all."""

    @property
    def scope(self) -> Scope:
        return "read" if self.method == "GET" else "admin"

    @property
    def read_only(self) -> bool:
        return self.scope == "read"

    def input_schema(self) -> Record:
        """JSON Schema of all parameters."""
        return {
            "type": "object",
            "properties": {p.name: p.schema() for p in self.params},
            "required": [p.name for p in self.params if p.required],
            "additionalProperties": False,
        }

    def take(self, given: Mapping[str, object]) -> Record:
        """Checked and converted parameters. Absent optional ones are left out, so that PATCH can tell them apart."""
        known = {p.name: p for p in self.params}
        for name in given:
            if name not in known:
                raise BadRequest(
                    f'{self.name} takes no "{name}".{did_you_mean(name, known)}', param=name, code="unknown_parameter"
                )
        taken: Record = {}
        for name, param in known.items():
            if given.get(name, MISSING) is None and not (param.nullable or param.required) and param.default is None:
                # clients write null for what they leave out
                continue
            if name in given:
                taken[name] = None if given[name] is None and param.nullable else param.take(given[name])
            elif param.required:
                # absent is not null: a forgotten argument must not take a value away
                raise BadRequest(f'"{name}" is required: {param.description}', param=name)
            elif param.default is not None:
                taken[name] = param.take(None)
        return taken

    def narrowed(self, taken: Mapping[str, object], only: str) -> Record:
        """The parameters for a caller that sees the project `only`; Forbidden where they reach beyond it."""
        if self.whole:
            raise Forbidden(
                f'{self.name} tells of every project, and this key belongs to the project "{only}"; use a key with the'
                " scope admin, or one without a project.",
                code="other_project",
            )
        narrow = dict(taken)
        for param in self.params:
            if param.name not in ("project", "project_id"):
                continue
            if narrow.get(param.name) not in (None, only):
                raise Forbidden(
                    f'This key belongs to the project "{only}" and reaches no other; leave "{param.name}" out, or use'
                    " a key with the scope admin.",
                    code="other_project",
                    param=param.name,
                )
            if self.read_only:
                narrow[param.name] = only
        return {**narrow, "only": only} if self.scoped else narrow


MISSING = object()
CONFIRM = Param("confirm", "boolean", "Really do it; without it, only say what would happen.", default=False)

OPERATIONS: dict[str, Operation] = {}
"""Every operation by name, filled by the modules of this package."""


def operation(
    name: str,
    method: str,
    path: str,
    *params: Param,
    tool: str | None = None,
    verb: str | None = None,
    destructive: bool = False,
    live: bool = False,
    whole: bool = False,
    by_people: bool = False,
) -> Callable[[Callable[P, Awaitable[A]]], Callable[P, Awaitable[A]]]:
    """Put the function into the table; its docstring's first line is the description."""

    def add(call: Callable[P, Awaitable[A]]) -> Callable[P, Awaitable[A]]:
        description = (call.__doc__ or "").strip().splitlines()[0]
        if not description or name in OPERATIONS:
            raise ValueError(f"operation {name} has no docstring or exists twice")
        every = (*params, CONFIRM) if destructive else params
        OPERATIONS[name] = Operation(
            name,
            description,
            call,
            every,
            method,
            path,
            tool or name,
            verb or name.replace("_", "-"),
            destructive,
            live,
            whole,
            by_people,
            "only" in inspect.signature(call).parameters,
        )
        return call

    return add


def find(name: str) -> Operation:
    """By name or MCP tool name; NotFound with did-you-mean."""
    found = OPERATIONS.get(name) or next((op for op in OPERATIONS.values() if op.tool == name), None)
    if found is None:
        raise NotFound(f'There is no operation "{name}".{did_you_mean(name, OPERATIONS)}')
    return found


def preview(what: str, **details: object) -> Record:
    """What a destructive operation answers without `confirm`."""
    return {"preview": True, "would": what, "confirm": "Call again with confirm=true to do it.", **details}


def _decimal(text: str) -> Decimal:
    """The number; ValueError or ArithmeticError where it is none, not finite, too large or of too many digits."""
    value = Decimal(text)
    if not value.is_finite() or abs(value) > LARGEST:
        raise ValueError(text)
    _, digits, exponent = value.as_tuple()
    if len(digits) > MOST_DIGITS or not isinstance(exponent, int) or exponent < -MOST_DIGITS:
        raise ValueError(text)
    return value


def _article(kind: str) -> str:
    return {
        "array": "a list",
        "object": "an object",
        "integer": "a whole number",
        "decimal": "a finite number of usual size and at most 40 digits",
    }.get(kind, f"a {kind}")
