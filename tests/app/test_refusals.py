"""Refusals and faults that the window can be answered with are known to it, with their values, in each language."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from tests.support.sources import FOR_PROGRAMS, ROOT, trees  # noqa: E402
from voicegw_desktop.app import language  # noqa: E402
from voicegw_desktop.app.viewmodels.refusals import MADE_OF_PARTS  # noqa: E402
from voicegw_desktop.app.viewmodels.sentences import _known, told  # noqa: E402
from voicegw_desktop.config.problems import describe  # noqa: E402
from voicegw_desktop.config.schema import VoiceGatewaySchema  # noqa: E402
from voicegw_desktop.core.errors import VoiceGatewayError  # noqa: E402
from voicegw_desktop.core.text import check_name  # noqa: E402
from voicegw_desktop.secrets import keychain  # noqa: E402
from voicegw_desktop.sound import portaudio  # noqa: E402

pytestmark = pytest.mark.app

NOT_OF_THE_WINDOW = {
    "config/load.py": (1, "made of parts, tried below"),
    "config/manager.py": (1, "wraps a sentence of a stored row"),
    "config/origins.py": (1, "`config show PATH`"),
    "core/parameters.py": (1, "parameters of a wire"),
    "core/text.py": (3, "a lone surrogate or NUL, which no field of the window takes; JSON of a wire"),
    "corridor/corridor.py": (1, "a parameter of a wire"),
    "corridor/stt_runs.py": (1, "frames of a wire"),
    "engines/cloud_order.py": (1, "a fault of the program"),
    "engines/codec.py": (1, "a parameter of a wire"),
    "engines/llm_http.py": (2, "the text of aiohttp's error alone"),
    "engines/llama_parameters.py": (1, "parameters of a wire"),
    "engines/llama_requests.py": (3, "parameters of a wire"),
    "engines/turn.py": (1, "answered by the rule of silence in its place"),
    "gateway/budget_hooks.py": (1, "within a notice that is known"),
    "gateway/observed.py": (2, "`attach`, for programs"),
    "gateway/operate/baselines.py": (3, "`baseline`, for a command line"),
    "gateway/operate/engines.py": (1, "a server of one's own, which the window offers neither to start nor to stop"),
    "gateway/operate/migration.py": (1, "`import-voicegateway`, for a command line"),
    "gateway/operate/models.py": (2, "`models register`, for a command line"),
    "gateway/operate/prices.py": (4, "`prices set`, for a command line"),
    "gateway/operate/providers.py": (1, "an address for a kind that the window does not offer for a server"),
    "gateway/operate/sound.py": (4, "tools of agents"),
    "gateway/operate/table.py": (3, "made of parts, tried below; lists and names that the window makes itself"),
    "gateway/operate/usage.py": (1, "a number that the window makes itself"),
    "gateway/posting.py": (1, "within a notice that is known"),
    "models/importer.py": (3, "`models import`, for a command line"),
    "models/included.py": (1, "`models rm`, which the window offers for no such model"),
    "models/search.py": (2, "`models import`, for a command line"),
    "models/store.py": (1, "made of parts, tried above"),
    "pricing/catalog.py": (4, "a file of the program that was changed, or `prices set`"),
    "pricing/exports.py": (7, "`reconcile`, for a command line"),
    "providers/base.py": (1, "the text of an error within a sentence"),
    "providers/app_socket.py": (5, "agents in their own process"),
    "providers/livekit_tts.py": (1, "agents in their own process"),
    "routing/backends.py": (2, "parameters of a wire"),
    "secrets/crypto.py": (1, "`rotate-secret`, for a command line"),
    "secrets/keychain.py": (1, "made of parts, tried below"),
    "secrets/sealed_file.py": (1, "`rotate-secret`, for a command line"),
    "secrets/keys.py": (1, "scopes, which the window takes from a list"),
    "storage/copies.py": (1, "a path that the dialog of the system makes"),
    "storage/costs.py": (1, "properties that the window makes itself"),
    "storage/days.py": (1, "a period that the window makes itself"),
    "storage/managed_rows.py": (1, "`extra_config`, for programs"),
    "storage/queries.py": (1, "a mark that the window makes itself"),
    "storage/voicegateway.py": (3, "`import-voicegateway`, for a command line"),
    "updates/fetch.py": (1, "a folder of lists, for a command line"),
    "updates/stage.py": (3, "`update`, for a command line"),
}
"""Files with sentences of errors that the window does not show: how many, and why."""


def raised() -> Iterator[tuple[str, str]]:
    """File and sentence of each error that is made there; 7 stands for each value."""
    for path, tree in trees():
        if path.relative_to(ROOT).parts[0] in FOR_PROGRAMS:
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called not in ERRORS:
                continue
            match node.args[0]:
                case ast.Constant(value=str(said)):
                    yield str(path.relative_to(ROOT).as_posix()), said
                case ast.JoinedStr(values=values):
                    parts = (
                        str(part.value)
                        if isinstance(part, ast.Constant)
                        # what may stand behind a sentence, or nothing
                        else ("" if re.search(r"did_you_mean|\bhint", ast.unparse(part)) else "7")
                        for part in values
                    )
                    yield str(path.relative_to(ROOT).as_posix()), "".join(parts)


def _errors() -> set[str]:
    """Names of the errors that are raised on purpose, in all sources."""
    kinds = {
        node.name: {getattr(base, "attr", getattr(base, "id", "")) for base in node.bases}
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {VoiceGatewayError.__name__, "SourceFailed", "SoundError", "NoPacks", "PackInUse", "PullStopped"}
    while more := {name for name, bases in kinds.items() if bases & known} - known:
        known |= more
    return known


ERRORS = _errors()


def test_what_an_operation_refuses_with_is_known() -> None:
    """A new refusal has to be told in the languages, or be counted with the reason why the window does not show it."""
    found = list(raised())
    assert len(found) > 250
    # what stands behind "hub: " gets its full stop there
    unknown = [(path, said) for path, said in found if _known(said) is None and _known(f"{said}.") is None]
    counted = {path: number for path, (number, _why) in NOT_OF_THE_WINDOW.items()}
    others = {path for path, number in Counter(path for path, _ in unknown).items() if number != counted.get(path)}
    assert others == set(), [each for each in unknown if each[0] in others]
    assert set(counted) == {path for path, _ in unknown}


def refused() -> Iterator[str]:
    """Refusals of which a part stands elsewhere in the sources, as they are answered."""
    yield "whisper/base ended by SIGSEGV. It is being restarted; send the request again."
    yield '"piper2" is no local engine; there are kokoro, piper. Did you mean "piper"?'
    yield 'There is no project "kitchn". Did you mean "kitchen"?'
    yield 'daily_budget: it must be greater than or equal to 0 (given: "-1").'
    yield '"daily_budget" is "1e99"; it must be a finite number of usual size and at most 40 digits.'
    yield '"limit" is "x"; it must be a whole number.'
    for state in (keychain.LOCKED, keychain.WAITING, keychain.ABSENT):
        yield f"{keychain.SENTENCES[state]} {keychain.ADVICE[state]}"
    yield "The sound process ended after saying: no such file"
    yield (
        "whisper/base could not be fetched. hub: huggingface.co answered 404 for model.bin. folder: no folder with"
        " models is configured. `voicegw models import PATH` takes model.bin from a folder or a USB stick."
    )
    yield from portaudio.SENTENCES.values()
    yield 'The microphone "USB" cannot be opened: Device unavailable. Choose another one.'
    for problem in ("", "  ", "a/b", "..", " x", "x" * 200, "a\nb"):
        with pytest.raises(VoiceGatewayError) as error:
            check_name(problem, "name")
        yield str(error.value)
    for wrong in (
        {"serve": {"port": 99999}},
        {"serve": {"port": "x"}},
        {"serve": {"prt": 1}},
        {"engines": {"keep_alive": "soon"}},
        {"engines": {"memory_limit": "much"}},
        {"projects": {"a": {"daily_budget": -1}}},
    ):
        with pytest.raises(ValidationError) as wrongs:
            VoiceGatewaySchema.model_validate(wrong)
        yield from describe(wrongs.value, VoiceGatewaySchema, {})
        yield "The configuration /x has 1 problem:\n  " + describe(wrongs.value, VoiceGatewaySchema, {})[0]


@pytest.mark.parametrize("name", ["de", "es", "zh_CN"])
def test_refusals_are_told_in_the_language(name: str, tmp_path: Path) -> None:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use(name, tmp_path)
    try:
        for sentence in refused():
            shown = told(sentence, "x")
            assert shown not in (sentence, told("Nothing known.", "x").replace("Nothing known.", sentence)), sentence
            for word in (
                "should be",
                "unknown key",
                "choose",
                "try again",
                "must be",
                "problem",
                "Did you",
                "voicegw ",
            ):
                assert word not in shown, (sentence, shown)
        for text in MADE_OF_PARTS:
            assert told(text) != text, text
    finally:
        language.use("en", tmp_path)
