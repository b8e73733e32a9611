"""Answers that are kept while the configuration that gave them is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from voicegw_desktop.config.load import AnyConfig

MOST = 512
"""Answers that are kept: most requests ask for the same few names."""
K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V]):
    """Answers by question; all are forgotten when it is full."""

    def keep(self, question: K, answer: V) -> V:
        """Keep an answer and return it."""
        if len(self) >= MOST:
            self.clear()
        self[question] = answer
        return answer


class Configured(Generic[K, V]):
    """Answers under one configuration, and forgets them when another comes."""

    def __init__(self, config: AnyConfig) -> None:
        self._memo: Memo[K, V] = Memo()
        self._config = config

    @property
    def config(self) -> AnyConfig:
        """The configuration in force."""
        return self._config

    @config.setter
    def config(self, config: AnyConfig) -> None:
        self._config = config
        self._forget()

    def _forget(self) -> None:
        """Forget every answer."""
        self._memo.clear()
