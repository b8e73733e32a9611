"""A pytest plugin: branch coverage pauses while a test marked `unmeasured` runs.

Under the tracer of Python before 3.14 such a test takes several times as long, and it passes the same lines thousands
of times. The mark is for tests whose lines other tests reach too.
"""

from __future__ import annotations

import sys
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stop measuring before the test's set-up and go on after its tear-down."""
    measuring = sys.modules["coverage"].Coverage.current() if "coverage" in sys.modules else None
    if measuring is None or not item.get_closest_marker("unmeasured"):
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()
