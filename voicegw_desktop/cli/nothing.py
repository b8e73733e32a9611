"""What is printed in place of an empty list: what would be in it, and the command that comes next."""

from __future__ import annotations

from collections.abc import Mapping

from voicegw_desktop.core.typed import record

SENTENCES: dict[str, tuple[str, str]] = {
    "audit_log": ("audit_log", "No changes were recorded."),
    "egress": ("egress", "Nothing was sent from this machine."),
    "latency": (
        "latency.by_model",
        "No requests in this period. `voicegw smoke-test` sends some to the gateway that runs; `--period all` shows all"
        " that are stored.",
    ),
    "list_baselines": ("baselines", "No baselines yet. `voicegw baseline pin NAME` keeps one."),
    "list_engines": ("engines", "No local model is installed yet. `voicegw onboard` downloads the first three."),
    "list_keys": (
        "keys",
        "No keys yet. `voicegw keys show` makes the first one and prints it; `voicegw keys create` makes one for a"
        " project.",
    ),
    "logs": (
        "logs",
        "No requests were found. `voicegw smoke-test` sends some to the gateway that runs; `voicegw keys show` prints"
        " the key for your programs.",
    ),
    "price_gaps": ("gaps", "Every model that was used has a price."),
    "sessions": (
        "sessions",
        "No sessions were found. Live transcriptions start one, and agents that name a session; `voicegw logs` lists"
        " single requests.",
    ),
    "turns": ("turns", "No turns were found. A spoken conversation is stored turn by turn; try `voicegw talk`."),
    "usage_by_day": ("usage", "No requests to this provider in this period."),
}
"""Operation → where its list is in the answer, and the sentence."""
OTHER = "Nothing found."


def nothing(name: str, answer: Mapping[str, object]) -> str:
    """The sentence to print in place of this operation's list; empty where there are rows, here or on a next page."""
    path, sentence = SENTENCES.get(name, ("", ""))
    if not path or answer.get("next"):
        return ""
    *before, last = path.split(".")
    for part in before:
        answer = record(answer.get(part))
    return "" if answer.get(last) else sentence
