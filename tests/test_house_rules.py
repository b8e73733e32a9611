"""Rules for the whole tree: what the app process may import, and which words and habits are not allowed."""

from __future__ import annotations

import ast
import functools
import graphlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).resolve().parent.parent
TOO_HEAVY = ("livekit", "numpy", "onnxruntime", "ctranslate2", "av", "openai", "faster_whisper", "piper", "kokoro_onnx")
TOO_HEAVY += ("sounddevice",)
TOO_HEAVY += ("psutil",)  # imported when it is asked
SOURCES = sorted((ROOT / "voicegw_desktop").rglob("*.py"))

_EVERYTHING = """
import importlib, pkgutil, sys
import voicegw_desktop as top
rooms = ("workers", "testing", {extra})
# modules that subclass LiveKit's classes; only agents' processes and the cloud worker import them
rooms += ("providers.livekit_", "providers.failures")
rooms += ("inference._stt", "inference._llm", "inference._tts", "inference._streams")
skip = tuple(top.__name__ + "." + name for name in rooms)
for module in pkgutil.walk_packages(top.__path__, top.__name__ + "."):
    if not module.name.startswith(skip) and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*sorted(n for n in sys.modules if n.partition(".")[0] in {heavy!r}))
"""


def loaded(extra: str) -> list[str]:
    code = _EVERYTHING.format(heavy=TOO_HEAVY, extra=extra)
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.process
def test_the_app_process_imports_nothing_heavy() -> None:
    assert loaded('"app",') == []


def test_no_dialog_is_executed() -> None:
    # exec() and the static questions inside a coroutine hang every other one for ever
    blocking = re.compile(
        r"\.exec_?\(|\bQ(?:File|Input|Color|Font)Dialog\.get|\bQMessageBox\.(?:question|about|critical|warning)\("
    )
    found = [f"{p.name}: {line}" for p in SOURCES for line in p.read_text().splitlines() if blocking.search(line)]
    assert found == []


def test_no_cancellation_is_lost() -> None:
    # up to Python 3.11 `asyncio.wait_for` swallows a cancellation that comes with its result
    waiting = re.compile(r"^[^#`]*asyncio\.wait_for\(")
    found = [f"{p.name}: {line}" for p in SOURCES for line in p.read_text().splitlines() if waiting.search(line)]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(p.relative_to(ROOT)) for p in SOURCES if p.stat().st_size and not p.read_text().startswith('"""')]
    assert silent == []


def test_locks_carry_hashes_and_no_index_address() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text()
        assert "--index-url" not in text
        assert "://" not in text
        pins = re.findall(r"^\S+==.*$", text, re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)


# -- what the tree may not say -----------------------------------------------------------------------------------------

LONG = 400
"""Lines of a module, and of a file of tests: a longer one is split by concept."""
DEBTS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
OF_A_MACHINE = re.compile(
    # a registry's host (pip, npm and go take theirs from the user), and a person's folders
    r"(?:pypi|pythonhosted|npmjs|golang)\.(?:org|com)\b|(?<![\w.])/(?:root|work|workspace|Users)/\w|(?<![\w.])/home/(?!x\b)\w"
)


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every text file of the project; without git, what lies in its folders."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            return tuple(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())
    rooms = ("voicegw_desktop", "tests", "docs", "resources", "packaging", "requirements")
    return (
        *ROOT.glob("*.md"),
        ROOT / "Makefile",
        *(p for room in rooms for p in (ROOT / room).rglob("*") if p.suffix in TEXT),
    )


TEXT = (".py", ".md", ".yaml", ".toml", ".sh", ".lock", ".mjs", ".jinja", ".sql", ".json", "")


def lines(wanted: re.Pattern[str], suffixes: tuple[str, ...] = TEXT) -> Iterator[tuple[str, str]]:
    """(where, line) of every text file but this one that has `wanted`."""
    for path in tracked():
        if path.suffix not in suffixes or path == Path(__file__):
            continue
        text = path.read_text("utf-8", errors="replace")
        # line by line, a search of all files takes several times as long
        if not wanted.search(text):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if wanted.search(line):
                yield f"{path.relative_to(ROOT)}:{number}", line


TOP = {
    *(".ci", ".github", "docs", "packaging", "requirements", "resources", "tests", "typings", "voicegw_desktop"),
    *(".gitignore", ".importlinter", ".pre-commit-config.yaml", "LICENSE", "Makefile"),
    *("mkdocs.yml", "pyproject.toml", "voicegw.yaml"),
}


@pytest.mark.process
def test_the_top_level_holds_what_belongs_there() -> None:
    """A tool that takes an option for the name of its output leaves a file such as `--help`."""
    top = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in top - TOP if not re.fullmatch(r"[A-Z_]+\.md", name)} == set()


@pytest.mark.process
def test_nothing_names_a_registry_or_a_person_s_folder() -> None:
    assert [f"{where}: {line.strip()[:100]}" for where, line in lines(OF_A_MACHINE)] == []


@pytest.mark.process
def test_nothing_is_left_to_do_later() -> None:
    assert [f"{where}: {line.strip()}" for where, line in lines(DEBTS, (".py", ".sh", ".mjs"))] == []


def test_no_module_outgrows_its_concept() -> None:
    files = (*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "packaging").rglob("*.py"))
    long = {str(p.relative_to(ROOT)): n for p in files if (n := len(p.read_text().splitlines())) > LONG}
    assert long == {}


def test_modules_import_each_other_in_one_direction() -> None:
    # imports for type checkers and inside functions count too: they show which module can be read without which
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in SOURCES}
    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        wanted = graph.setdefault(name, set())
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                wanted |= {part if part in names else node.module for part in parts}
        wanted.discard(name)
    graphlib.TopologicalSorter(graph).prepare()  # CycleError names the circle


def test_migrations_are_numbered_without_a_gap() -> None:
    from voicegw_desktop.storage.migrate import migrations

    assert migrations()


def test_files_are_locked_in_one_place() -> None:
    locking = re.compile(r"msvcrt\.locking|fcntl\.(?:flock|lockf)")
    assert [p.name for p in SOURCES if locking.search(p.read_text())] == ["locks.py"]


CONNECTS = re.compile(
    r"\bClientSession\(|\bHTTPConnection\(|\burlopen\(|\bhttpx2?\.(?:Async)?(?:Client|HTTPTransport|AsyncHTTPTransport)\("
    r"|\bAsyncClient\(|\bopen_connection\(|\bcreate_connection\(|\bopen_unix_connection\(|\bsock_connect\("
    r"|\bcreate_datagram_endpoint\(|\.connect\(\(|\bimport (?:requests|urllib3|websockets|smtplib|ftplib)\b"
)
OPENS_CONNECTIONS = {
    "core/outgoing.py": "the rules themselves",
    "providers/plugin_client.py": "the client of OpenAI's and Anthropic's SDKs, with these rules as its transport",
    "engines/servers/remote_wyoming.py": "Wyoming servers, at addresses that `resolve` has checked",
    "engines/client.py": "workers on this machine",
    "engines/worker_http.py": "workers on this machine",
    "sockets/http/server.py": "whether this profile's own unix socket is served",
}
STARTS = re.compile(
    r"\bcreate_subprocess_(?:exec|shell)\(|\bsubprocess\.(?:Popen|run|call|check_\w+)\(|\bos\.exec|QProcess\("
)
STARTS_PROGRAMS = {
    "app/language.py": "lrelease of Qt on files of the program",
    "cli/conformance.py": "clients, without proxies, that ask the gateway",
    "cli/verbs.py": "`voicegw start`",
    "engines/process.py": "workers, which keep the rules",
    "engines/servers/ollama_server.py": "Ollama's server on this machine",
    "gateway/budget_hooks.py": "the command that a person gives for budgets",
    "models/mirror.py": "pip and npm, with the proxies of the rules and never in offline mode",
    "sound/devices.py": "the sound process",
    "sound/playing.py": "a player of the system",
    "updates/launch.py": "another version of this program",
    "updates/stage.py": "another version of this program, for its version",
    "workers/guard.py": "Ollama's server on this machine",
}


def test_every_connection_keeps_the_rules_of_one_place() -> None:
    # the clients of testing/ run in other people's environments and ask the gateway they are told of
    trees = {str(p.relative_to(ROOT / "voicegw_desktop")): p.read_text() for p in SOURCES if "testing" not in p.parts}
    # a client of the gateway calls `core.outgoing.gateway_session`, one of a provider uses `core.outgoing.Outgoing`
    assert {name for name, code in trees.items() if CONNECTS.search(code)} == set(OPENS_CONNECTIONS)
    assert {name for name, code in trees.items() if STARTS.search(code)} == set(STARTS_PROGRAMS)


def test_nothing_behind_a_button_or_a_verb_is_empty() -> None:
    # a hook that has nothing to do says so in its docstring; a Protocol only says what others must have
    empty = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for path in SOURCES
        for holder in ast.walk(ast.parse(path.read_text()))
        if not (isinstance(holder, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in holder.bases))
        for node in ast.iter_child_nodes(holder)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Call) and _does_nothing(node)
    ]
    assert empty == []


def _does_nothing(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return all(
            isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and _is_constant(s.value, ...)) for s in node.body
        )
    # something.clicked.connect(lambda: None)
    connects = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "connect"
    return connects and any(isinstance(a, ast.Lambda) and _is_constant(a.body, None) for a in node.args)


def _is_constant(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def test_no_test_sleeps_to_wait() -> None:
    # a poll every few milliseconds under a deadline is no wait; a constant longer than that is a guess
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "sleep(" not in (code := path.read_text("utf-8")):
            continue
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "asyncio.sleep") and node.args:
                value = node.args[0]
                if isinstance(value, ast.Constant) and isinstance(value.value, int | float) and value.value > 0.05:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    assert found == []


def test_a_script_without_weights_says_so() -> None:
    # `tests.support.weights.weights_folder` ends with a sentence, this with a traceback
    bare = re.compile(r"""os\.environ\[["']VOICEGW_TEST_MODELS""")
    scripts = [p for p in (ROOT / "tests").rglob("*.py") if p != Path(__file__)]
    assert [str(p.relative_to(ROOT)) for p in scripts if bare.search(p.read_text())] == []


# -- what the pages promise --------------------------------------------------------------------------------------------

PAGES = [
    p
    for p in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md"))
    if p.name not in ("THIRD_PARTY.md", "CODE_OF_CONDUCT.md")
]


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_link_of_a_page_leads_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_file_a_page_names_exists() -> None:
    named = re.compile(r"`((?:voicegw_desktop|tests|resources|docs|packaging|requirements)/[\w./-]+\.\w+)`")
    gone = [
        f"{page.name}: {name}"
        for page in PAGES
        for name in named.findall(page.read_text())
        if not (ROOT / name).exists()
    ]
    assert gone == []


def test_the_notices_name_everything_that_is_installed() -> None:
    project = _pyproject()["project"]
    shipped = [
        line
        for extra, lines in project["optional-dependencies"].items()
        if extra not in ("dev", "build", "bundle")
        for line in lines
    ]
    notices = (ROOT / "THIRD_PARTY.md").read_text().lower()
    families = {"pyside6-essentials": "pyside6", "av": "pyav", "livekit-agents": "livekit-agents"}
    missing = []
    for line in [*project["dependencies"], *shipped]:
        name = re.split(r"[\[<>=;! ]", line)[0].lower()
        if name == project["name"] or name.startswith("livekit-plugins-"):
            continue
        if not re.search(rf"(?<![\w-]){re.escape(families.get(name, name))}(?![\w-])", notices):
            missing.append(name)
    assert missing == []


# -- names of engines and providers ------------------------------------------------------------------------------------

OTHERS_WORDS = {
    # LiveKit's name of a message format
    "providers/livekit_llm.py",
    # models of providers whose own name has the word in it
    "workers/cloud_stt.py",
    # programs under test, by the names they are published under
    "cli/conformance.py",
}


def test_engines_and_providers_are_named_by_their_own_code_only() -> None:
    """Counted: string constants that are exactly such a name.

    Not counted: the descriptors, modules whose path has the name in it, `testing/` (one fake for each provider), and
    words of other people's programs.
    """
    from voicegw_desktop.core.registry import PROVIDERS

    found = []
    for path in SOURCES:
        inside = path.relative_to(ROOT / "voicegw_desktop")
        if inside.parts[0] in ("descriptors", "testing") or inside.as_posix() in OTHERS_WORDS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.value if isinstance(node, ast.Constant) else None
            if isinstance(name, str) and name in PROVIDERS and not any(name in part for part in inside.parts):
                found.append(f"{inside}:{node.lineno}: {name}")
    assert found == []
