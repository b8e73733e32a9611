"""Every text that a person reads goes through Qt's translation system here, with its numbers and words in place."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import subprocess
from collections.abc import Callable, Coroutine
from pathlib import Path

import PySide6
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase, QGuiApplication

from voicegw_desktop.core.paths import private_dir, resources_dir

log = logging.getLogger(__name__)

CONTEXT = "voicegw"
"""Context of every message in resources/translations/*.ts."""
SYSTEM = "system"
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "zh_CN": "简体中文"}
"""The languages' own names; all but English, the source, have a file resources/translations/voicegw_<name>.ts."""
Start = Callable[[Coroutine[object, None, None], Callable[[None], None]], object]
"""Runs a coroutine and calls the second with its result."""
COMPILING = 20  # s that lrelease may take
_locale = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
NO_FONT = {
    "zh_CN": "No font with Chinese letters is installed, so texts are empty boxes. Install"
    " fonts-noto-cjk (Debian, Ubuntu), google-noto-sans-cjk-fonts (Fedora) or noto-fonts-cjk (Arch), then"
    " start this program again."
}
_fontless = ""
_installed: list[QTranslator] = []


def tr(text: str, /, **values: object) -> str:
    """`text` in the language in force; `{name}` in it becomes the value of that name."""
    found = QCoreApplication.translate(CONTEXT, text) if text else ""
    return found.format(**values) if values else found


def capital(text: str) -> str:
    """`text` with a large first letter: what stands alone in a field or a box begins with one."""
    return text[:1].upper() + text[1:]


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


def decimal(value: float, places: int) -> str:
    """`8.0` as the language in force writes it, with so many places."""
    return _locale.toString(value, "f", places)


def locale() -> QLocale:
    """How the language in force writes numbers and dates."""
    return _locale


def chosen(wanted: str) -> str:
    """The translation for `wanted`, a name of LANGUAGES or `system`: the system's first language that there is."""
    if wanted in LANGUAGES:
        return wanted
    for tag in QLocale.system().uiLanguages():
        one = QLocale(tag)
        for name in (one.name(), one.name().partition("_")[0]):
            if name in LANGUAGES:
                return name
        if one.language() == QLocale.Language.Chinese:
            return "zh_CN"
    return "en"


def use(wanted: str, cache: Path, *, compiles: bool = True) -> None:
    """Use the language `wanted` for texts drawn from now on. `cache`: for translations compiled here; `compiles`:
    whether to compile one that is not yet, which takes a tenth of a second; without it texts are English then."""
    global _locale, _fontless
    for old in _installed:
        QCoreApplication.removeTranslator(old)
    _installed.clear()
    name = chosen(wanted)
    system = QLocale.system()
    _locale = system if system.name().startswith(name) else QLocale("en_US" if name == "en" else name)
    QLocale.setDefault(_locale)
    QGuiApplication.setLayoutDirection(_locale.textDirection())
    _fontless = NO_FONT.get(name, "") if not _has_letters(name) else ""
    if _fontless:
        log.warning("%s", _fontless)
    compiled = _compiled(name, cache) if compiles else _place(_source(name), cache)
    of_qt = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)) / f"qtbase_{name}.qm"
    for path in (of_qt, compiled):
        if path is not None and path.exists():
            install(path)


def without_font() -> str:
    """Why texts of the language in force are boxes, and what to install; empty: there is a font. In English, whose
    letters the window brings."""
    return _fontless


def _has_letters(name: str) -> bool:
    system = {"zh_CN": QFontDatabase.WritingSystem.SimplifiedChinese}.get(name)
    return system is None or bool(QFontDatabase.families(system))


def install(path: Path) -> None:
    """Take the texts of this .qm file from now on."""
    translator = QTranslator()
    if translator.load(str(path)):
        QCoreApplication.installTranslator(translator)
        _installed.append(translator)
    else:
        log.warning("The translation %s cannot be read.", path.name)


def when_compiled(wanted: str, cache: Path, start: Start, then: Callable[[], None]) -> None:
    """Call `then` once `use` need not compile the translation, which takes a tenth of a second.

    At once where it is compiled already; else `start` runs that beside the loop.
    """
    place = _place(_source(chosen(wanted)), cache)
    if place is None or place.exists():
        then()
    else:
        start(asyncio.to_thread(prepare, wanted, cache), lambda _: then())


def prepare(wanted: str, cache: Path) -> None:
    """Compile the translation that `use` will take, where that is still to be done."""
    _compiled(chosen(wanted), cache)


def _compiled(name: str, cache: Path) -> Path | None:
    """The .qm file of a language: one that the build made, else made here once by Qt's lrelease."""
    source = _source(name)
    place = _place(source, cache)
    return place if place is not None and (place.exists() or compile_to(source, place)) else None


def _source(name: str) -> Path:
    return resources_dir() / "translations" / f"voicegw_{name}.ts"


def _place(source: Path, cache: Path) -> Path | None:
    """Where the compiled form of a translation is or will be; None: there is no such translation."""
    built = source.with_suffix(".qm")
    if built.exists():
        return built
    if not source.exists():
        return None
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    return private_dir(cache) / f"{source.stem}-{digest}.qm"


def compile_to(source: Path, target: Path) -> bool:
    """Compile a .ts file with Qt's lrelease; False, and a line in the log, where that is not possible."""
    lrelease = Path(PySide6.__file__).parent / "lrelease"
    tool = next((p for p in (lrelease, lrelease.with_suffix(".exe")) if p.exists()), None)
    if tool is None:
        log.warning("Texts are English: this installation has no compiled translations and no lrelease.")
        return False
    try:
        done = subprocess.run(
            [str(tool), "-silent", str(source), "-qm", str(target)], capture_output=True, timeout=COMPILING, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("Texts are English: %s could not be compiled (%s).", source.name, error)
        return False
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace")
        log.warning("Texts are English: %s could not be compiled (%s).", source.name, told)
    return done.returncode == 0
