"""Settings that the program changes for a person, kept in `settings.json`; voicegw.yaml overrides them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from voicegw_desktop.config.file import SETTINGS_FILE, KeyPath
from voicegw_desktop.config.origins import Origin, Origins, value_at
from voicegw_desktop.config.problems import describe
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.config.units import size_text
from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound, did_you_mean
from voicegw_desktop.core.private_file import write_private
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import Record, record

ANY_ADDRESS, THIS_MACHINE = "0.0.0.0", "127.0.0.1"


@dataclass(frozen=True)
class Setting:
    """One value of the configuration that the program offers to change."""

    path: str
    title: str
    about: str
    kind: str
    """`choice`, `boolean`, `integer` or `text`"""
    choices: tuple[tuple[str, object], ...] = ()
    """(words, value) of each choice; None: the default."""
    restart: bool = False
    """Takes effect when the gateway starts again."""

    @property
    def at(self) -> KeyPath:
        return tuple(self.path.split("."))


SETTINGS = (
    Setting("serve.port", "Port", "Where agents connect; 0 takes any free one at each start.", "integer", restart=True),
    Setting("serve.allow_lan", "Allow other machines", "Listens on every address. Keys are still required; nothing is"
            " encrypted without serve.tls_cert.", "boolean", restart=True),
    Setting("desktop.theme", "Theme", "", "choice",
            (("Same as the system", "system"), ("Light", "light"), ("Dark", "dark"))),
    Setting("desktop.language", "Language", "", "choice",
            (("Same as the system", "system"), ("English", "en"), ("Deutsch", "de"), ("Español", "es"),
             ("简体中文", "zh_CN"))),
    Setting("desktop.text_size", "Text size", "", "choice",
            (("90%", 90), ("100%", 100), ("115%", 115), ("130%", 130), ("150%", 150))),
    Setting("desktop.start_hidden", "Start in the tray", "Without a window, where the desktop has a tray.", "boolean"),
    Setting("desktop.notifications", "Notifications", "For what needs your attention, such as a spent budget.",
            "boolean"),
    Setting("updates.mode", "New versions", "Checks once a day. A downloaded version starts after a restart.", "choice",
            (("ask me", "ask"), ("do not check", "never"), ("tell me", "check"), ("fetch them", "install"))),
    Setting("engines.keep_alive", "Keep idle engines", "How long a model stays in memory without requests.", "choice",
            (("until the answer is given", "0"), ("1 minute", "1m"), ("5 minutes", "5m"), ("30 minutes", "30m"),
             ("always", "-1"))),
    Setting("engines.memory_limit", "Memory for engines", "For all engines together, such as 4GiB. Empty: 60 % of this"
            " machine's memory.", "text"),
    Setting("engines.models_folder", "Models folder", "Where models are kept. Models that are elsewhere are not moved.",
            "text", restart=True),
    Setting("retention.requests_days", "Keep requests, days", "Totals of costs are kept forever. 0: forever, else 7"
            " or more.", "integer"),
    Setting("retention.turns_days", "Keep turns, days", "Turns of conversations. 0: forever, else 7 or more.",
            "integer"),
    Setting("retention.latency_days", "Keep latency by day, days", "After that by month. 0: forever, else 7 or more.",
            "integer"),
    Setting("retention.transcripts_days", "Keep transcripts, days", "What was said, where it is kept. 0: as long as its"
            " turn.", "integer"),
    Setting("retention.egress_days", "Keep the egress log, days", "What left this machine. 0: forever.",
            "integer"),
    Setting("retention.max_size", "Largest database", "For example 10GiB. Above it the oldest requests, then turns, are"
            " deleted early.", "text"),
)  # fmt: skip
BY_PATH = {setting.path: setting for setting in SETTINGS}


def stored(folder: Path) -> Record:
    """`{path: value}` as kept; ConfigError for a file that cannot be used."""
    path = folder / SETTINGS_FILE
    try:
        found = loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as e:
        raise ConfigError(f"{path} cannot be read: {e}. Delete it to start again.") from e
    return {name: value for name, value in record(found).items() if name in BY_PATH and not _problem(name, value)}


def store(folder: Path, path: str, value: object) -> None:
    """Keep a value; None forgets it. Raises NotFound for no setting, BadRequest for a value that does not fit."""
    if path not in BY_PATH:
        raise NotFound(f'There is no setting "{path[:80]}".{did_you_mean(path, BY_PATH)}', param="path")
    kept = stored(folder)
    kept.pop(path, None)
    if value is not None and value != "":
        if problem := _problem(path, value):
            raise BadRequest(problem, param="value")
        kept[path] = value
    write_private(folder / SETTINGS_FILE, json.dumps(kept, indent=1).encode(), durable=False)


def lay(data: Record, origins: Origins, folder: Path, *, embedded: bool) -> None:
    """Merge what is kept below what the file says; it overrides the `embedded` default."""
    for path, value in stored(folder).items():
        at = BY_PATH[path].at
        origin = Origin("settings", str(folder / SETTINGS_FILE), value)
        if not embedded and value_at(data, at) is not None:
            origins[at] = (*origins.get(at, ()), origin)
            continue
        _put(data, at, value)
        origins[at] = (origin, *(origins.get(at, ()) if embedded else ()))
        if path == "serve.allow_lan" and value and (embedded or value_at(data, ("serve", "host")) is None):
            # the two places that must agree before another machine is let in
            _put(data, ("serve", "host"), ANY_ADDRESS)
            origins["serve", "host"] = (origin,)


def rows(schema: VoiceGatewaySchema, origins: Origins, file: Path | None) -> list[Record]:
    """Every setting with its value now and where that was set; `locked`: in the file, which overrides this."""
    tree = schema.model_dump(mode="json", exclude={"dashboard"})
    found: list[Record] = []
    for setting in SETTINGS:
        origin = next(iter(origins.get(setting.at, ())), Origin("default", ""))
        found.append(
            {
                "path": setting.path,
                "title": setting.title,
                "about": setting.about,
                "kind": setting.kind,
                "choices": [{"title": words, "value": value} for words, value in setting.choices],
                "value": origin.value if origin.kind == "settings" else _shown(setting, value_at(tree, setting.at)),
                "source": origin.kind,
                "where": origin.where,
                "locked": origin.kind in ("yaml", "env"),
                "restart": setting.restart,
            }
        )
    return found


def _shown(setting: Setting, value: object) -> object:
    """A value as it is written; sizes, the only numbers among texts, with their unit."""
    return size_text(value) if setting.kind == "text" and isinstance(value, int) else value


def _put(data: Record, at: KeyPath, value: object) -> None:
    here = data
    for part in at[:-1]:
        inner = record(here.get(part))
        here[part] = inner
        here = inner
    here[at[-1]] = value


def _problem(path: str, value: object) -> str:
    """Why the value does not fit; empty: it does."""
    setting = BY_PATH[path]
    if setting.choices and value not in [known for _, known in setting.choices]:
        return f'"{path}" is "{value}"; it must be one of {", ".join(str(v) for _, v in setting.choices)}.'
    if isinstance(value, bool) != (setting.kind == "boolean"):
        return (
            f'"{path}" is "{value}"; it must be {"true or false" if setting.kind == "boolean" else "no truth value"}.'
        )
    data: Record = {}
    _put(data, setting.at, value)
    if path == "serve.allow_lan" and value:
        _put(data, ("serve", "host"), ANY_ADDRESS)
    try:
        VoiceGatewaySchema.model_validate(data)
    except ValidationError as error:
        return describe(error, VoiceGatewaySchema, {})[0]
    return ""


def taken(setting: Setting, text: str) -> object:
    """The value that a text from a command line or a form means."""
    if setting.kind == "boolean":
        return {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}.get(
            text.lower(), text
        )
    if setting.kind == "integer" and text.isdecimal() and len(text) < 9:
        return int(text)
    known: Mapping[str, object] = {str(value): value for _, value in setting.choices}
    return known.get(text, text)
