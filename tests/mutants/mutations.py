"""The mutants of one module: its source with one expression changed, each under a name that outlives moved lines."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
FUNCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min"}
LOGGERS = ("log.", "logger.", "logging.")
"""Calls that a mutant does not remove: their effect is text for a person."""


Path = tuple[tuple[str, int | None], ...]
"""The way from a module to a node: field names, with an index where the field is a list."""


@dataclass(frozen=True)
class Mutant:
    """One changed module: `name` is `module::function::before -> after`, numbered if a function has several alike."""

    name: str
    lines: range
    """The statement it stands in, without the body of an `if`, a loop or a function."""
    function: str | None
    """Qualified name of the outermost function whose code differs; None: only an import can bring the change."""
    _original: ast.Module
    _path: Path
    _changed: ast.AST | None

    @property
    def tree(self) -> ast.Module:
        """The changed module."""
        tree = copy.deepcopy(self._original)
        _put(tree, self._path, self._changed or ast.Pass())
        return ast.fix_missing_locations(tree)


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module's source."""
    seen: Counter[str] = Counter()
    original = ast.parse(source)
    for path, where in _places(original):
        node = _at(original, path)
        for changed in _changes(node):
            before, after = _code(node), _code(changed) if changed else "(removed)"
            name = f"{module}::{where}::{_short(before)} -> {_short(after)}"
            seen[name] += 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            yield Mutant(name, *_within(original, path), original, path, changed)


def _code(node: ast.AST) -> str:
    return f"if {ast.unparse(node.test)}" if isinstance(node, ast.If) else ast.unparse(node)


def _short(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 90 else line[:87] + "..."


def _places(node: ast.AST, path: Path = (), where: str = "(module)") -> Iterator[tuple[Path, str]]:
    """Every node that may change, with the function or class it stands in; annotations and decorators stay."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = node.name if where == "(module)" else f"{where}.{node.name}"
    yield path, where
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        if isinstance(value, ast.AST):
            yield from _places(value, (*path, (field, None)), where)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, ast.AST) and not _is_text(item):
                    yield from _places(item, (*path, (field, number)), where)


def _is_text(node: ast.AST) -> bool:
    """Docstrings, imports and blocks for type checkers."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _at(tree: ast.AST, path: Path) -> ast.AST:
    node = tree
    for field, number in path:
        value = getattr(node, field)
        node = value if number is None else value[number]
    return node


def _within(tree: ast.AST, path: Path) -> tuple[range, str | None]:
    """The lines of the statement at the end of the path, and the outermost function whose body it leads through."""
    node, names, function = tree, list[str](), None
    lines = range(0)
    for end in range(len(path) + 1):
        if isinstance(node, ast.stmt):
            body: list[ast.stmt] = getattr(node, "body", [])
            end_line = max(body[0].lineno, node.lineno + 1) if body else (node.end_lineno or node.lineno) + 1
            lines = range(node.lineno, end_line)
        if end == len(path):
            break
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and function is None:
            names.append(node.name)
            if path[end][0] == "body" and not isinstance(node, ast.ClassDef) and not _has_class_cell(node):
                function = ".".join(names)
        node = _at(tree, path[: end + 1])
    return lines, function


def _has_class_cell(function: ast.AST) -> bool:
    """Whether a function calls super(): its code fits the function that it was compiled with only."""
    return any(isinstance(node, ast.Name) and node.id in ("super", "__class__") for node in ast.walk(function))


def _put(tree: ast.AST, path: Path, new: ast.AST) -> None:
    parent = _at(tree, path[:-1])
    field, number = path[-1]
    if number is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[number] = new


def _changes(node: ast.AST) -> Iterator[ast.AST | None]:
    """What takes the node's place, one at a time; None removes a statement."""
    new = copy.deepcopy(node)
    match new:
        case ast.Compare():
            for number, operator in enumerate(new.ops):
                one = copy.deepcopy(new)
                one.ops[number] = SWAPPED[type(operator)]()  # type: ignore[call-overload]
                yield one
        case ast.BoolOp() | ast.BinOp(op=ast.Add() | ast.Sub()) | ast.AugAssign(op=ast.Add() | ast.Sub()):
            new.op = SWAPPED[type(new.op)]()  # type: ignore[assignment]
            yield new
        case ast.UnaryOp(op=ast.Not()):
            yield new.operand
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() | ast.Await() | ast.NamedExpr()):
            new.test = ast.UnaryOp(ast.Not(), new.test)
            yield new
        case ast.Constant(value=bool()):
            yield ast.Constant(not new.value)
        case ast.Constant(value=int() | float() as number):
            yield ast.Constant(number + 1)
        case ast.Return(value=ast.expr()) if not _is_none(new.value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call() | ast.Await()) if not ast.unparse(new.value).startswith(LOGGERS):
            yield None
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            new.func = ast.Name(FUNCTIONS[name], ast.Load())
            yield new


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
