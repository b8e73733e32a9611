"""Where the program keeps its files, on every platform; the only place that asks platformdirs."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

APP = "voicegateway"


def expanded(text: str | os.PathLike[str]) -> Path:
    """A path as people write it: `~` is this user's home, `~name` that of another user.

    Where there is no such user it stays as it is, so that it is told as a path that does not exist.
    """
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


@dataclass(frozen=True)
class Paths:
    """The program's folders. None of them is created until something is written there."""

    config: Path
    """`voicegw.yaml`, the database, sealed secrets."""
    data: Path
    """Model files."""
    cache: Path
    """What can be fetched or computed again."""
    runtime: Path
    """Sockets and lock files; private to the user, gone after logout where the platform can."""
    logs: Path

    @property
    def models(self) -> Path:
        """The model store; `VOICEGW_MODELS_DIR` overrides it."""
        override = os.environ.get("VOICEGW_MODELS_DIR")
        return expanded(override) if override else self.data / "models"

    @property
    def socket(self) -> Path:
        """The unix socket that local programs of the same user reach without a key."""
        return self.runtime / "voicegw.sock"

    @property
    def database(self) -> Path:
        """The database unless `VOICEGW_DB_PATH` or `cost_tracking.db_path` says otherwise."""
        return self.config / "voicegw.db"


DOCUMENTATION = (Path("/usr/share/doc/voicegw-desktop"), Path("/usr/share/doc/voicegw-desktop-core"))
"""Where the packages for Linux put README and docs: that of everything, that of the core."""


def system_paths() -> Paths:
    """The folders of this user on this platform; `VOICEGW_HOME` puts all of them below one folder."""
    home = os.environ.get("VOICEGW_HOME")
    if home:
        return paths_below(expanded(home))
    # Linux: the documented ~/.config/voicegateway, not a vendor folder; elsewhere what the platform does
    return Paths(
        config=Path(platformdirs.user_config_dir(APP, appauthor=False)),
        data=Path(platformdirs.user_data_dir(APP, appauthor=False)),
        cache=Path(platformdirs.user_cache_dir(APP, appauthor=False)),
        runtime=_runtime(),
        logs=Path(platformdirs.user_log_dir(APP, appauthor=False)),
    )


def _runtime() -> Path:
    if sys.platform.startswith("linux") and not os.environ.get("XDG_RUNTIME_DIR"):
        # without a login session platformdirs warns and takes a folder in /tmp, which another user could own
        return Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "run"
    return Path(platformdirs.user_runtime_dir(APP, appauthor=False))


def paths_below(base: Path) -> Paths:
    """A whole profile below one folder: for tests and for bug reports (`--temp-basedir`)."""
    return Paths(base / "config", base / "data", base / "cache", base / "run", base / "logs")


def private_dir(path: Path) -> Path:
    """Create `path` for this user alone (mode 0700; on Windows rights that what lies in it takes over); return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sys.platform == "win32":
        _rights(path)
    else:
        path.chmod(0o700)
    return path


@cache
def _rights(path: Path) -> None:
    # once for each process: Windows goes through all that lies in the folder
    from voicegw_desktop.core.windows import keep_private

    keep_private(path)


def example_config() -> Path:
    """The commented example of everything that can be set."""
    resources = resources_dir()
    return resources / "example.yaml" if resources.name == "_resources" else resources.parent / "voicegw.yaml"


def readme() -> Path | None:
    """The README: beside the package in a checkout, where packages for Linux put it; None where there is none."""
    places = (resources_dir().parent, *DOCUMENTATION)
    return next((place / "README.md" for place in places if (place / "README.md").is_file()), None)


def resources_dir() -> Path:
    """The program's own read-only files: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"
