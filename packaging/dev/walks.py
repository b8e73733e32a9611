"""Proof by mypy's types that the walks of docs/walks.md can be followed.

`python packaging/dev/walks.py` prints each fault and exits with 1 when there is one:

* a named function calls something of type Any, or has a parameter or a return of type Any, so that "go to definition"
  would end there;
* a step is not reached from a step before it in its trip, directly or through functions of the corridor and of the
  page's modules. A use of a protocol's method reaches the method of that name in the class that the page names. Steps
  whose text begins with one of `MARKS` are reached without a use that types can show;
* a trip enters a room twice.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mypy import build, main
from mypy.nodes import (
    Argument,
    CallExpr,
    Decorator,
    Expression,
    ForStmt,
    FuncDef,
    MemberExpr,
    MypyFile,
    Node,
    RefExpr,
    Statement,
    SymbolNode,
    TypeInfo,
)
from mypy.patterns import Pattern
from mypy.types import AnyType, CallableType, Instance, Type, TypeType, UnionType, get_proper_type

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "walks.md"
TOP = "voicegw_desktop"
MARKS = ("(by name)", "(by event)", "(in the worker)")
"""An operation is called by its name, subscribers by the event bus, a worker through its socket."""
STEP = re.compile(r"^\d+\. `([\w/]+)\.py:([\w.]+)` (.*)$")


class Step(NamedTuple):
    """One line of a walk."""

    module: str
    """Dotted, with the package's name."""
    name: str
    """`function` or `Class.method`."""
    text: str

    @property
    def room(self) -> str:
        """The package below the program's."""
        return self.module.split(".")[1]


def trips(page: str) -> Iterator[tuple[str, list[Step]]]:
    """(heading, its steps) of each trip: a list of steps, numbered without a gap within its walk."""
    walk, steps = "", list[Step]()
    for line in [*page.splitlines(), "## "]:
        if found := STEP.match(line):
            steps.append(Step(f"{TOP}.{found[1].replace('/', '.')}", found[2], found[3]))
        elif line.strip() and steps:
            yield walk, steps
            steps = []
        walk = line[3:] if line.startswith("## ") else walk


def entered_twice(steps: list[Step]) -> list[str]:
    """Rooms that a trip leaves and enters again."""
    order = [step.room for number, step in enumerate(steps) if not number or steps[number - 1].room != step.room]
    return sorted({room for room in order if order.count(room) > 1})


class Checked(NamedTuple):
    """What mypy knows of the modules on the page."""

    files: dict[str, MypyFile]
    types: dict[Expression, Type]


def check(modules: set[str]) -> Checked:
    """Run mypy on the program; the trees and types of these modules."""
    with tempfile.TemporaryDirectory() as folder:
        # mypy keeps trees of what it reads, and it reads again what has other options than the cache; the cache is a
        # copy, so that the next lint need not read these modules once more
        if (ROOT / ".mypy_cache").is_dir():
            shutil.copytree(ROOT / ".mypy_cache", folder, dirs_exist_ok=True)
        config = Path(folder) / "mypy.toml"
        override = f"\n[[tool.mypy.overrides]]\nmodule = {sorted(modules)}\ndisallow_any_expr = true\n"
        config.write_text((ROOT / "pyproject.toml").read_text("utf-8") + override, "utf-8")
        sources, options = main.process_options(["--config-file", str(config), "--cache-dir", folder])
        options.export_types = options.preserve_asts = True
        result = build.build(sources, options)
    return Checked(result.files, result.types)


Use = tuple[TypeInfo | None, str]
"""What a function uses: the class and a method's name, or None and the full name of a function."""


class _Function:
    """The calls of one function, with those of the functions inside it, and what it uses."""

    def __init__(self, function: FuncDef, types: dict[Expression, Type]) -> None:
        self.blind: list[str] = []
        """What is of type Any: each as a line number and words."""
        self.uses: set[Use] = set()
        if isinstance(function.type, CallableType):
            parts = zip(function.type.arg_names, function.type.arg_types, strict=True)
            self.blind += [f"{function.line}: parameter {name}" for name, kind in parts if _is_any(kind)]
            self.blind += [f"{function.line}: return"] * any(map(_is_any, _awaited(function.type.ret_type)))
        for node in _nodes(function):
            # code that mypy takes for unreachable has no types
            if isinstance(node, CallExpr) and (kind := types.get(node.callee)) is not None and _is_any(kind):
                self.blind.append(f"{node.line}: call of {getattr(node.callee, 'name', 'an expression')}")
            if isinstance(node, MemberExpr):
                self.uses |= {(info, node.name) for info in _classes(types.get(node.expr))}
                if isinstance(node.expr, RefExpr) and isinstance(node.expr.node, TypeInfo):
                    self.uses.add((node.expr.node, node.name))
            if isinstance(node, ForStmt):
                name = "__aiter__" if node.is_async else "__iter__"
                self.uses |= {(info, name) for info in _classes(types.get(node.expr))}
            if isinstance(node, RefExpr) and isinstance(node.node, TypeInfo):
                self.uses.add((node.node, "__init__"))
            elif isinstance(node, RefExpr) and isinstance(node.node, FuncDef | Decorator):
                self.uses.add((None, node.fullname))


ASIDE = ("node", "info", "original_def", "def_var")
"""Attributes of mypy's nodes that lead out of a tree."""


def _nodes(root: Node) -> Iterator[Node]:
    """A tree's nodes. mypy's own visitors are compiled and cannot be extended here."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        for name in type(node).__mypyc_attrs__:  # type: ignore[attr-defined]
            if name not in ASIDE:
                waiting += _flat(getattr(node, name, None))


def _flat(value: object) -> Iterator[Node]:
    if isinstance(value, Expression | Statement | Argument | Pattern):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _flat(each)


def _is_any(kind: Type) -> bool:
    return isinstance(get_proper_type(kind), AnyType)


def _awaited(kind: Type) -> list[Type]:
    """A type, and what a coroutine gives."""
    proper = get_proper_type(kind)
    return [proper, *(proper.args[2:] if isinstance(proper, Instance) and proper.type.name == "Coroutine" else ())]


def _classes(kind: Type | None) -> Iterator[TypeInfo]:
    proper = get_proper_type(kind)
    if isinstance(proper, Instance):
        yield proper.type
    elif isinstance(proper, UnionType):
        for item in proper.items:
            yield from _classes(item)
    elif isinstance(proper, TypeType):
        yield from _classes(proper.item)


class Reader:
    """Answers from mypy's trees and types for the steps of the page."""

    def __init__(self, checked: Checked, steps: list[Step]) -> None:
        self._checked = checked
        self._read: dict[FuncDef, _Function] = {}
        self._classes = {info for step in steps if (info := self._class(step)) is not None}

    def function(self, step: Step) -> FuncDef:
        """The function that a step names; raises SystemExit when there is none."""
        info, name = self._class(step), step.name.rpartition(".")[2]
        found = _body(info.names[name].node if info and name in info.names else self._named(step.module, name))
        if found is None:
            raise SystemExit(f"docs/walks.md: {step.module} has no function {step.name}.")
        return found

    def blind(self, step: Step) -> list[str]:
        """What has the type Any in a step's function."""
        return [f"{step.module}:{each} is of type Any" for each in self._of(self.function(step)).blind]

    def leads(self, before: list[Step], to: Step) -> bool:
        """Whether the function of one of these steps uses that of `to`, directly or through other functions."""
        wanted, seen = self.function(to), set[FuncDef]()
        waiting = [self.function(step) for step in before]
        while waiting:
            now = waiting.pop()
            if now in seen:
                continue
            seen.add(now)
            for use in self._of(now).uses:
                found = self._targets(use)
                if wanted in found:
                    return True
                waiting += found
        return False

    def _of(self, function: FuncDef) -> _Function:
        if function not in self._read:
            self._read[function] = _Function(function, self._checked.types)
        return self._read[function]

    def _named(self, module: str, name: str) -> SymbolNode | None:
        file = self._checked.files.get(module)
        return file.names[name].node if file is not None and name in file.names else None

    def _class(self, step: Step) -> TypeInfo | None:
        owner, _, _ = step.name.rpartition(".")
        found = self._named(step.module, owner) if owner else None
        return found if isinstance(found, TypeInfo) else None

    def _targets(self, use: Use) -> list[FuncDef]:
        """The functions that a use may run: of the class, of its bases, and of the page's classes that fit it."""
        info, name = use
        if info is None:
            module, _, last = name.rpartition(".")
            found = [self._named(module, last)]
        else:
            fits = [each for each in self._classes if info in each.mro or (info.is_protocol and name in each.names)]
            bases = [base for base in info.mro if name in base.names][:1]
            found = [each.names[name].node for each in (*bases, *fits) if name in each.names]
        return [body for node in found if (body := _body(node)) is not None]


def _body(node: SymbolNode | None) -> FuncDef | None:
    inside = node.func if isinstance(node, Decorator) else node
    return inside if isinstance(inside, FuncDef) else None


def faults(page: str) -> list[str]:
    """One line for each fault of the page."""
    walks = list(trips(page))
    steps = [step for _, trip in walks for step in trip]
    corridor = {f"{TOP}.corridor.{path.stem}" for path in (ROOT / TOP / "corridor").glob("[!_]*.py")}
    reader = Reader(check(corridor | {step.module for step in steps}), steps)
    found = [f"{walk}: {room} is entered twice in a trip" for walk, trip in walks for room in entered_twice(trip)]
    found += [fault for step in dict.fromkeys(steps) for fault in reader.blind(step)]
    for walk, trip in walks:
        for number, step in enumerate(trip):
            if number and not step.text.startswith(MARKS) and not reader.leads(trip[:number], step):
                found.append(f"{walk}: no step before {step.name} leads to it")
    return found


if __name__ == "__main__":
    told = faults(PAGE.read_text("utf-8"))
    print(*told, sep="\n" if told else "")
    raise SystemExit(bool(told))
