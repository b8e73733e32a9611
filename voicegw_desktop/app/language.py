"""Every text that a person reads goes through Qt's translation system here, with its numbers and words in place."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

CONTEXT = "voicegw"
"""Context of every message in resources/translations/*.ts."""
_locale = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)


def tr(text: str, **values: object) -> str:
    """`text` in the language in force; `{name}` in it becomes the value of that name."""
    found = QCoreApplication.translate(CONTEXT, text) if text else ""
    return found.format(**values) if values else found


def count(n: int, one: str, many: str | None = None) -> str:
    """`1 request`, `3 requests`, in the language in force."""
    source = numerus(one, many)
    found = QCoreApplication.translate(CONTEXT, source, None, n)
    if found == source.replace("%n", str(n)):
        return f"{whole_number(n)} {one if n == 1 else many or one + 's'}"
    return found.replace(str(n), whole_number(n), 1)


def numerus(one: str, many: str | None = None) -> str:
    """The source text of a message that depends on a number."""
    return f"%n {one}(s)" if many is None else f"%n {one}/{many}"


def whole_number(n: int) -> str:
    """`1,284` as the language in force writes it."""
    return _locale.toString(n)


def locale() -> QLocale:
    """How the language in force writes numbers and dates."""
    return _locale


def decimal(value: float, places: int) -> str:
    """`8.0` as the language in force writes it, with so many places."""
    return _locale.toString(value, "f", places)
