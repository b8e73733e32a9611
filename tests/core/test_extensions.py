"""Entry points of installed packages."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicegw_desktop import descriptors
from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.config.schema import EnginesBase
from voicegw_desktop.core import extensions
from voicegw_desktop.core.descriptor import Descriptor, Door
from voicegw_desktop.core.registry import ENGINE_FIELDS, RESERVED, Providers

pytestmark = pytest.mark.unit

PACKAGE = """
from pathlib import Path
from voicegw_desktop.core.descriptor import Descriptor, Door
from voicegw_desktop.core.ports import Modality
def _one(name, **more):
    return Descriptor(name=name, title="One.", modalities=frozenset({Modality.LLM}), cls="x:Y", **more)
GOOD, TWIN, ODD, KEPT = _one("acme"), _one("openai"), _one("Ac me"), _one("cores")
LOOSE = _one("loose", options=dict)
DOOR = Door(name="hatch", title="A hatch", routes=("extra_package:routes",))
def routes(context):
    return [context]
def broken(context):
    raise ValueError("no hinges")
BROKEN = Door(name="hole", title="A hole", routes=("extra_package:broken",))
"""
POINTS = """
[voicegw.providers]
good = extra_package:GOOD
twin = extra_package:TWIN
odd = extra_package:ODD
kept = extra_package:KEPT
loose = extra_package:LOOSE
none = extra_package:NOTHING
[voicegw.doors]
hatch = extra_package:DOOR
hole = extra_package:BROKEN
[console_scripts]
other = extra_package:main
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "extra_package.py").write_text(PACKAGE)
    about = tmp_path / "extra_package-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: extra-package\nVersion: 1\n")
    (about / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    extensions.entry_points.cache_clear()
    yield
    sys.modules.pop("extra_package", None)
    extensions.entry_points.cache_clear()


@pytest.mark.usefixtures("package")
def test_a_package_adds_a_provider_and_every_fault_is_one_sentence() -> None:
    found = Providers()
    assert found["acme"].title == "One."
    assert found["openai"].title != "One."
    assert len(found) == len(Providers()) == 1 + len(list(pkgutil.iter_modules(descriptors.__path__)))
    assert len(found.problems) == 5
    for part in ('a provider "openai" already', '"Ac me" is no name', '"cores" is no name', "its options", "NOTHING"):
        assert sum(part in problem for problem in found.problems) == 1


@pytest.mark.usefixtures("package")
def test_a_door_of_a_package_is_loaded() -> None:
    doors, problems = extensions.load(Door, extensions.DOORS)
    assert [door.name for _, door in doors] == ["hatch", "hole"]
    assert problems == []
    assert extensions.load(Descriptor, extensions.ENGINES) == ([], [])


def test_names_that_no_engine_can_have_are_those_of_the_section() -> None:
    own = set(EnginesBase.model_fields) | {name for name in ("of", "sections") if hasattr(EnginesBase, name)}
    assert own == RESERVED
    assert set(ENGINE_FIELDS) == set(EngineConfig.model_fields)
