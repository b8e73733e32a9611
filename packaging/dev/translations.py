"""The texts of the window and their translations.

`python packaging/dev/translations.py update` brings resources/translations/*.ts up to the sources and keeps what is
translated; `check` lists what is missing; `compile` makes the .qm files that a build carries.
"""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from voicegw_desktop.app.language import CONTEXT, compile_to, numerus

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "voicegw_desktop" / "app"
FOLDER = ROOT / "resources" / "translations"
FORMS = {"de": 2, "es": 2, "zh_CN": 1}
"""Forms of a noun beside a number."""
FIRST = {
    "tr", "button", "label", "Card", "field", "Column", "Panel", "Stacked", "Sparkline", "Choice", "Table", "Bars",
    "PageFactory", "put", "_column",
}  # fmt: skip
"""Functions that translate their first argument."""
ALL = {"Segments", "Bars"}
"""Functions that translate each argument."""
TABLES = {
    "STATE_WORDS", "WHERE", "NO_TRAY", "NOTE", "VAULT", "MODALITY_NAMES", "STATES", "EMPTY", "STAGE_NAMES", "PERIODS",
    "GROUPS", "KINDS", "FIRSTS", "SIZES", "STAGE_TONES", "DOES", "SPANS", "UNREACHED", "WORDS", "FILTERS", "ACTIONS",
    "GATEWAY_SENTENCES", "INSTEAD", "REACH", "UNPRICED", "VAULTS", "TABS", "NOTHING", "SHORTCUTS", "DATES", "LIMITS",
    "CATALOGUE", "FAULTS", "OTHER", "REFUSALS", "REFUSALS_INSTEAD", "MADE_OF_PARTS", "NO_TRAY_ATTACHED",
}  # fmt: skip
"""Constants whose texts are translated where they are used."""
KEYS = {"PERIODS", "GROUPS", "SIZES", "STAGE_TONES", "SPANS", "FILTERS", "FAULTS"}
"""Names of TABLES in which the texts are the keys."""
SETTINGS = [ROOT / "voicegw_desktop" / name for name in ("config/settings.py", "gateway/preferences.py")]
KINDS = ("choice", "boolean", "integer", "text")
MORE = ("live", "ok", "error", "fell back", "cancelled", "refused", "warning", "info", "today", "success")
"""Words of the database and of events that are shown."""


def messages() -> dict[str, bool]:
    """Source text → whether it depends on a number, in the order of the sources."""
    found: dict[str, bool] = {}
    for path in sorted(APP.rglob("*.py")):
        for text, number in _of(ast.parse(path.read_text())):
            found.setdefault(text, number)
    for path in SETTINGS:
        for text in _settings(ast.parse(path.read_text())):
            found.setdefault(text, False)
    for text in MORE:
        found.setdefault(text, False)
    return {text: number for text, number in found.items() if any(c.isalpha() for c in text)}


def _strings(node: ast.AST) -> Iterator[str]:
    """Texts that may come of an expression: of both sides of a choice."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _strings(body)
            yield from _strings(other)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _strings(value)


def _of(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        if isinstance(targets[0], ast.Name) and targets[0].id in TABLES and isinstance(value, ast.expr):
            for text in _table(value, keys=targets[0].id in KEYS):
                yield text, False
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called == "count" and len(node.args) >= 2:
            words = [a.value for a in node.args[1:] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if words:
                yield numerus(*words), True
        elif called == "__init__" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            for argument in node.args[:1]:
                yield from ((text, False) for text in _strings(argument))
        elif called == "_put" and len(node.args) > 1:
            yield from ((text, False) for text in _strings(node.args[1]))
        elif called in ALL or called in FIRST:
            for argument in node.args if called in ALL else node.args[:1]:
                yield from ((text, False) for text in _strings(argument))


def _table(value: ast.expr, *, keys: bool) -> Iterator[str]:
    if isinstance(value, ast.Dict):
        parts = value.keys if keys else value.values
        for part in parts:
            if part is not None:
                yield from _table(part, keys=False)
    elif isinstance(value, ast.Tuple | ast.List):
        for part in value.elts:
            yield from _table(part, keys=False)
    else:
        yield from _strings(value)


def _settings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Setting":
            for argument in node.args[1:]:
                if isinstance(argument, ast.Constant) and argument.value not in KINDS:
                    yield str(argument.value)
                for choice in argument.elts if isinstance(argument, ast.Tuple) else ():
                    if isinstance(choice, ast.Tuple):
                        yield from _strings(choice.elts[0])
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in ("title", "about"):
                    yield from _strings(value)


def read(name: str) -> dict[str, tuple[str, ...]]:
    """Source text → its translation, in each of its forms."""
    path = FOLDER / f"voicegw_{name}.ts"
    if not path.exists():
        return {}
    found = {}
    for message in ET.parse(path).getroot().iter("message"):
        told = message.find("translation")
        forms = [form.text or "" for form in message.iter("numerusform")]
        source = message.findtext("source") or ""
        found[source] = tuple(forms) if forms else ((told.text or "") if told is not None else "",)
    return found


def write(name: str, told: dict[str, tuple[str, ...]]) -> None:
    """The .ts file of a language, with a place for each message."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>", f'<TS version="2.1" language="{name}">',
             "<context>", f"    <name>{CONTEXT}</name>"]  # fmt: skip
    for source, number in messages().items():
        forms = told.get(source, ())
        whole = any(forms) and all(forms)
        mark = "" if whole else ' type="unfinished"'
        lines.append(f"    <message{' numerus=' + chr(34) + 'yes' + chr(34) if number else ''}>")
        lines.append(f"        <source>{escape(source)}</source>")
        if number:
            padded = (*forms, *("",) * FORMS[name])[: FORMS[name]]
            inside = "".join(f"\n            <numerusform>{escape(form)}</numerusform>" for form in padded)
            lines.append(f"        <translation{mark}>{inside}\n        </translation>")
        else:
            lines.append(f"        <translation{mark}>{escape(forms[0] if forms else '')}</translation>")
        lines.append("    </message>")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"voicegw_{name}.ts").write_text("\n".join([*lines, "</context>", "</TS>", ""]), encoding="utf-8")


def missing(name: str) -> list[str]:
    """Texts without a translation in that language."""
    told = read(name)
    wanted = messages()
    return [text for text in wanted if not all(told.get(text, ("",)))]


def main(argv: list[str]) -> int:
    """Do what the command line asks for."""
    what = argv[0] if argv else "check"
    if what not in ("check", "compile", "update"):
        print(f"{what!r} is none of check, compile and update.", file=sys.stderr)
        return 2
    for name in FORMS:
        if what == "update":
            write(name, read(name))
        elif what == "compile":
            source = FOLDER / f"voicegw_{name}.ts"
            if not compile_to(source, source.with_suffix(".qm")):
                return 1
        elif lacking := missing(name):
            print(f"{name}: {len(lacking)} missing", *lacking, sep="\n  ")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
