"""What every test of the pages may ask for."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.support.pages import play

__all__ = ["play"]
