"""The gateway's own sentences in the language of the window: known by their English words, with what stands in them.

A sentence crosses the wire as English text, so that an attached gateway's is treated as this program's own. One that
is not known here is shown as it came, after the kind of fault that its code stands for.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from voicegw_desktop.app.language import decimal, tr
from voicegw_desktop.app.viewmodels.faults import BY_CODE, in_english
from voicegw_desktop.app.viewmodels.refusals import MADE_OF_PARTS, REFUSALS
from voicegw_desktop.app.viewmodels.rewordings import REFUSALS_INSTEAD
from voicegw_desktop.app.viewmodels.state import Told

if TYPE_CHECKING:
    from voicegw_desktop.core.events import Notice

GATEWAY_SENTENCES: dict[str, tuple[str, ...]] = {
    "attached": ("The gateway at {address} answers again.",),
    "budget_hook": ("{setting} did not hear of a budget. {why}",),
    "budget_spent": (
        "{whose} has spent {spent} of its {period} budget of {limit}. {then}; {setting} raises it.",
        'Project "{name}"', 'Key "{name}"', "This machine", "daily", "weekly", "monthly", "midnight", "Monday",
        "the first of the next month",
        "What costs more than is left is refused until {until}",
        "Only what costs nothing is served until {until}",
        "What costs more than is left is served by what costs nothing, until {until}",
        "Requests are served on, because its {setting} is warn",
    ),
    "budget_50": (
        "{whose} has spent {spent} of its {period} budget of {limit}.",
        "{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}.",
        "{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}.",
        "{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}.",
        "{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}, and the"
        " budget is spent {when}.",
        "{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}, and the"
        " budget is spent on {when}.",
        "{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}, and the"
        " budget is spent on {when}.",
    ),
    "budget_unpriced": (
        "The price of {target} is not known, so the budget of {whose} does not count it. Give {price}, or set {setting}"
        ' to "block".',
        'project "{name}"', 'key "{name}"', "this machine",
    ),
    "daily_budget_alert": ("Today's cost has reached {spent}; cost_tracking.daily_budget_alert is {limit}.",),
    "database_restored": (
        "The database {path} was deleted while the gateway ran. It was written again, with all its records and keys;"
        " stop the gateway first to begin a new one.",
    ),
    "database_not_writable": (
        "The database {path} takes no records ({error}). Requests are served on and their records kept; free space on"
        " that disk or check the file.",
        "The disk of the database {path} has become read-only; records are kept in memory.",
        "The disk of the database {path} is full; free space on it, or records are kept in memory.",
    ),
    "database_writable": (
        "The database takes records again.",
        "The database takes records again. 1 record was lost.",
        "The database takes records again. {n} records were lost.",
    ),
    "descriptors": (
        "Only {fits} connections are taken at a time instead of {wanted} (serve.max_connections): the process may open"
        " {limit} files. Raise the limit (`ulimit -n`) and start again.",
    ),
    "detached": ("The gateway at {address} does not answer; trying again.",),
    "device_fallback": ("{engine} does not use the graphics card: {why}",),
    "disk_full": (
        "The disk is full ({error}). Free some space and pull again: what was fetched so far is kept.",
        "The disk is full. Free some space and pull again: finished parts are kept.",
        "{model} needs {wanted} MB more and {folder} has {free} MB free ({reserve} MB of that stay in reserve). Free"
        " some space and pull again.",
    ),
    "engine_crashed": (
        "{engine} was lost while it loaded: it {why}.",
        "{engine} was ended by the system (SIGKILL), because memory ran out.",
        "{engine} was ended from outside (SIGKILL).",
        "{engine} ended by {signal}.",
        "{engine} ended with status {status}.",
        "{engine} ended with status {status} after saying: {words}.",
        "was ended by the system (SIGKILL), because memory ran out",
        "was ended from outside (SIGKILL)",
        "ended by {signal}",
        "ended with status {status} after saying: {words}",
        "ended with status {status}",
    ),
    "engine_failed": ("The engine could not load the model.", "The engine failed and gave no reason."),
    "engine_unavailable": (
        "{engine} failed {n} times in a row and rests for {wait} s; it {why}.",
        "The engines are shut down, because the program is ending.",
    ),
    "extension_broken": ("{name} is left out: {part} cannot be used: {why}",),
    "fallback": ("{now} took over from {before}: {why}",),
    "keychain_locked": (
        "The keychain is locked, so the keys in it cannot be used.",
        "The keychain does not answer; it may be asking for its password.",
        "The keychain that keeps the keys of this profile cannot be reached.",
        "The keychain did not take the secret: {error}.",
    ),
    "keychain_open": ("The keychain is open again: the keys in it can be used.",),
    "keys_unavailable": (
        "Keys cannot be read or made now ({why}). Programs of this user are let in by the unix socket.",
    ),
    "model_too_large": (
        "{model} needs about {need}, but engines.memory_limit allows {limit} for all engines together. Raise the limit"
        " or choose a smaller model.",
        "{model} needs about {need}, but of engines.memory_limit ({limit}) engines that are in use hold {held}"
        " ({engines}). Try again when they are idle, or raise the limit.",
    ),
    "not_serving": ("No voicegw.yaml was found: the built-in settings are in use, with local engines only.",),
    "offline": (
        "{target} is not on this machine ({zone}) and offline mode is on. Turn routing.offline off, or map the name to"
        " a local target under routing.<modality>.offline.",
        "{host} is not on this machine ({zone}) and offline mode is on.",
    ),
    "otel": ("observability.otel_endpoint did not get {what}. {why}",),
    "port_in_use": (
        "Port {port} on {host} is taken by another program (or by a gateway that runs already): stop it, or set"
        " serve.port to another number, or to 0 for any free one.",
    ),
    "preview": (
        "delete the files of {model}",
        "fetch {names}: {size} MB, {size2} MB on the disk",
        'delete the project "{name}" and revoke its keys',
        'forget the provider "{name}"',
        'forget the provider "{name}" and its stored key',
        "keep every secret in the {place}, and only there",
        "keep secrets in the {place} from now on, without those that a closed keychain holds",
        "keychain",
        "replace all requests, sums and settings made here by those of this backup",
        "revoke the key {key} and close every connection it has open",
        "sealed file",
    ),
    "prewarm_failed": ("{engine} could not be preloaded: {why}",),
    "record_set_aside": (
        "A request record cannot be stored ({error}) and is {kept}; {n} since the start. Its cost is missing in the"
        " reports.",
    ),
    "records_in_memory": (
        "Request records cannot be written beside {path} ({error}). Requests are served on and their records kept in"
        " memory; free space on that disk.",
    ),
    "records_on_disk": ("Request records are written to disk again.",),
    "slow_first_byte": ("{target} took {n} ms to its first byte; latency.ttfb_warning_ms is {limit}.",),
    "stream_behind": (
        "{target} falls behind live speech: words are owed for {n} s. Fewer streams at once, a smaller model or more"
        " `engines.cores` help.",
    ),
    "target_failing": ("{failed} of the last {n} failed: {why}",),
    "transcripts_off": (
        "observability.transcripts is true, but the secret that seals them cannot be had ({why}), so nothing that is"
        " said is kept until the next start.",
    ),
    "upstream_timeout": (
        "{target} sent no first token within {n} ms.",
        "{target} sent no audio within {n} ms.",
        "{target} did not answer within {n} s.",
        "{target} accepted the request and gave no answer within {n} s.",
        "{target} sent no transcript within {n} s of the end of speech.",
        "{target} sent no response to speech for {n} s.",
    ),
    "upstream_unreachable": (
        "{name} cannot be reached at {host} ({reason}).",
        "{name} cannot be reached ({reason}).",
        "{target} stopped in the middle of its answer.",
        "{target} answered {status}.",
        "{target} asks to slow down (429: {said}).",
    ),
}  # fmt: skip
"""Code → sentences and parts of sentences, in the gateway's own words; what stands for a name may be one itself."""
CATALOGUE = (
    "about {n} times faster than speech",
    "{n} times faster than speech",
    "about {time} s for a clip of up to {n} s",
    "{time} s for a clip of up to {n} s",
    "about {n} tokens/s",
    "{n} tokens/s",
    "{low} to {high}",
    "a graphics card is advised",
    "about {n} ms for a pause",
    "words {time} s after the end of speech, by its publisher",
)
"""How the catalogue of models tells a speed."""
INSTEAD: dict[str, dict[str, str]] = {
    "database_damaged": {
        "The database {path} is damaged ({reason}). It was moved to {aside} and a new one begun. {rest} taken over;"
        " check that disk, and the keys with `voicegw keys list`.": "The database {path} is damaged ({reason}). It was"
        " moved to {aside} and a new one begun. {rest} taken over; check that disk, and the keys on the page Projects.",
        "All rows were": "All rows were",
        "The 1 row that could be read was": "The 1 row that could be read was",
        "The {n} rows that could be read were": "The {n} rows that could be read were",
        "Nothing could be": "Nothing could be",
    },
    "key_missing": {
        "{provider} has no key: store one with `voicegw providers key {again} --api-key-stdin`, set {variable}, or"
        " write {setting}.": "{provider} has no key: store one on the page Providers.",
    },
    "model_not_installed": {
        "{model} is not installed. Get it with `voicegw models pull {again}`.": "{model} is not installed: fetch it on"
        " the page Models.",
        "{model} is damaged. Get it with `voicegw models pull {again}`.": "{model} is damaged: repair it on the page"
        " Models.",
    },
    "route_lost": {
        "{setting} sends {modality} to {target}, which is gone. Until it is back, requests go where the settings say."
        " Choose another target, or take the choice back: {command}.": "{target}, which was chosen for {modality}, is"
        " gone. Until it is back, requests go where the settings say; choose another one on the page Overview.",
    },
    "smart_turn_missing": {
        "{setting} is set, but {model} is not installed; {without}. Run `voicegw models pull {again}`, then unload the"
        " engine.": "{setting} is set, but {model} is not installed: fetch it on the page Models, then stop the"
        " engine.",
    },
    "two_vaults": {
        "The keychain also holds keys of this profile ({names}), but the encrypted file {path} is in use.": "The"
        " keychain also holds keys of this profile ({names}), but the encrypted file is in use.",
    },
    "update_available": {
        "Version {version} can be had: {how}": "Version {version} is available.",
    },
    "upstream_unauthorized": {
        "{provider} refused the key ({said}). Check {setting}.": "{provider} refused the key ({said}): store another on"
        " the page Providers.",
    },
}
"""Code → the gateway's sentence with the words of a command line, and what the window says in its place."""


ONE_WORD = ("engine", "model")
"""Names that have no spaces: a longer sentence about an engine begins with more than its name."""
NUMBERS = ("low", "high")
"""Names of numbers: a sentence with the same words between others is another one."""
FRACTION = re.compile(r"\d+\.(\d+)")
SOURCE = re.compile(r"(?:^|(?<=[.] ))(?:hub|packages|folder): ")
"""What models/pull.py puts before the sentence of each source."""
WORD, ANY, QUOTED, NUMBER = r"\S+?", ".+?", ".*?", r"\d[\d.,]*"
NEAR = re.compile(r' Did you mean "(?P<name>[^"]*)"\?')
"""What `did_you_mean` of core/errors.py puts behind or into a sentence."""


def told(sentence: str, code: str | None = None) -> str:
    """The sentence in the language in force. Where it is not known, as it came, after the kind of fault that `code`
    stands for; None: it may be no fault, and nothing is put before it."""
    near = NEAR.search(sentence)
    if near is not None and (known := _known(sentence[: near.start()] + sentence[near.end() :])) is not None:
        meant = tr('Did you mean "{name}"?', name=near["name"])
        return f"{_shown(*known)} {meant}"
    if (known := _known(sentence)) is not None:
        return _shown(*known)
    return sentence if code is None else in_english(sentence, code)


def _shown(shown: str, values: dict[str, str]) -> str:
    return tr(shown, **{name: _told_value(name, value) for name, value in values.items()})


def _told_value(name: str, value: str) -> str:
    if name == "reasons":
        return _reasons(value)
    if name == "n" and (part := FRACTION.fullmatch(value)) is not None:
        # in German `2.052` is two thousand and fifty-two
        return decimal(float(value), len(part[1]))
    return told(value)


def _reasons(said: str) -> str:
    """Why none of a model's sources had it: a sentence for each of them."""
    return " ".join(told(part) for part in SOURCE.split(said) if part)


def told_notice(notice: Notice | Told) -> str:
    """What a notice says, in the language in force."""
    return told(notice.message, notice.code if notice.code in BY_CODE else None)


def reason(error: BaseException) -> str:
    """What an error says, in the language in force."""
    return told(str(error) or type(error).__name__, getattr(error, "code", None) or "")


@lru_cache(maxsize=1024)
def _known(sentence: str) -> tuple[str, dict[str, str]] | None:
    """What is shown for the sentence, and the values in it; None: it is not known."""
    if (shown := _whole().get(sentence)) is not None:
        return shown, {}
    for pieces, text, shown in _patterns():
        # most are ruled out here, and only the others are compiled
        if all(piece in sentence for piece in pieces) and (found := _expression(text).fullmatch(sentence)) is not None:
            return shown, found.groupdict()
    return None


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[tuple[str, ...], str, str]]:
    """Words of a sentence, the sentence, and what is shown for it."""
    pairs = [(text, text) for some in (GATEWAY_SENTENCES, REFUSALS) for texts in some.values() for text in texts]
    pairs += [(text, text) for text in (*CATALOGUE, *MADE_OF_PARTS)]
    pairs += [pair for some in (INSTEAD, REFUSALS_INSTEAD) for texts in some.values() for pair in texts.items()]
    # what has more words of its own first: a short one would take the rest of a long one for a name
    pairs.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return [(tuple(filter(None, re.split(r"\{\w+\}", text))), text, shown) for text, shown in pairs]


@lru_cache(maxsize=1)
def _whole() -> dict[str, str]:
    """Sentences without values → what is shown: a list of models asks for a hundred at once."""
    return {text: shown for pieces, text, shown in reversed(_patterns()) if pieces == (text,)}


@cache
def _expression(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    return re.compile(
        "".join(
            (f"(?P<{part}>{_value(part, parts[number - 1])})" if number % 2 else re.escape(part))
            for number, part in enumerate(parts)
        ),
        re.DOTALL,
    )


def _value(name: str, before: str) -> str:
    """What may stand for a value of that name; between quotes it may be empty."""
    if name in NUMBERS:
        return NUMBER
    return QUOTED if before.endswith('"') else WORD if name in ONE_WORD else ANY
