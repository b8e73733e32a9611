"""Fixtures every test may use."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# each run tries equal examples, so that a new failure comes from the change under test
# and the speed of making them depends on the machine's load only
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# what is made while pytest collects the tests stays: to look through it again and again took a third of that time
gc.disable()

pytest_plugins = [
    "tests.support.measured",
    "tests.support.order",
    "tests.support.paced",
    "tests.support.reruns",
    "tests.support.unit_guard",
]


def pytest_collection_finish() -> None:
    """Look for garbage again from now on, among what tests make.

    What came with the tests, a million and a half objects, stays for good and is set aside: a look at all of it takes
    more than a second, and every loop of Qt that a test closes looks at everything.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model store with the starter set and steady voices; tests that need real weights skip without it."""
    folder = os.environ.get("VOICEGW_TEST_MODELS")
    if not folder or not Path(folder).is_dir():
        pytest.skip("VOICEGW_TEST_MODELS names no folder with model weights; `make test` sets it")
    from tests.support.weights import steady_store

    return steady_store(Path(folder), tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def speech_dir() -> Path:
    """Recorded speech, 16 kHz mono; the words are in tests.support.speech."""
    return ROOT / "tests" / "data"
