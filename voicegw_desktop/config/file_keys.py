"""Keys written into the configuration: their ids, and which of them a new configuration no longer holds."""

from __future__ import annotations

import functools
import hmac
import logging
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from voicegw_desktop.config.schema import ApiKeyConfig
from voicegw_desktop.core.private_file import write_private

PREFIX = "config:"
"""How the id of a key in the configuration begins."""
SALT = "key-ids"
"""The file in the profile's `config` folder without which an id tells nothing of its key."""
_OCTETS = 32  # of salt
_SHOWN = 8  # hexadecimal digits of an id
_OWN = re.compile(rf".*-[0-9a-f]{{{_SHOWN}}}", re.DOTALL)
_log = logging.getLogger(__name__)


def file_key_id(entry: ApiKeyConfig, entries: Iterable[ApiKeyConfig], folder: Path) -> str:
    """The id of a key that stands in the configuration, among all that do; `folder`: the profile's `config` folder.

    A name that one key has makes the id. A key without a name, or with another one's, has digits behind it that stay
    the same over restarts.
    """
    if entry.name and sum(one.name == entry.name for one in entries) == 1:
        return f"{PREFIX}{entry.name}"
    return _with_digits(entry, folder)


def withdrawn(before: Sequence[ApiKeyConfig], after: Iterable[ApiKeyConfig], folder: Path) -> set[str]:
    """The ids of keys that a new configuration no longer holds, or holds with less."""
    left = {(entry.token, entry.project, tuple(entry.scopes)) for entry in after}
    gone = (entry for entry in before if (entry.token, entry.project, tuple(entry.scopes)) not in left)
    return {file_key_id(entry, before, folder) for entry in gone}


def unknown_ids(limited: Iterable[str], entries: Iterable[ApiKeyConfig]) -> list[str]:
    """The ids among `limited` that begin as a configured key's does, and that none of these keys can have."""
    named = Counter(f"{PREFIX}{entry.name}" for entry in entries if entry.name)
    return [id for id in limited if id.startswith(PREFIX) and named[id] != 1 and not _OWN.fullmatch(id)]


def _with_digits(entry: ApiKeyConfig, folder: Path) -> str:
    digits = hmac.digest(_salt(folder), entry.token.encode("utf-8", "surrogateescape"), "sha256").hex()[:_SHOWN]
    return f"{PREFIX}{entry.name or 'key'}-{digits}"


@functools.lru_cache(maxsize=8)
def _salt(folder: Path) -> bytes:
    path = folder / SALT
    try:
        if not path.exists():
            write_private(path, secrets.token_bytes(_OCTETS), exclusive=True)
        return path.read_bytes()
    except OSError as error:
        _log.warning(
            "%s can be neither read nor written (%s): until the next start only, keys in the configuration without a"
            " name of their own keep their ids. Give each a `name`, or let this user write there.",
            path,
            error,
        )
        return secrets.token_bytes(_OCTETS)
