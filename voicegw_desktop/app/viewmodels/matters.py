"""What needs a person now, each with one thing to do about it: the sidebar shows the first, the overview all."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw_desktop.app.language import tr, without_font
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import told, told_notice

PORT_TAKEN, PORT_IN_FILE = "port_in_use", "port_in_file"
VAULT = {
    "locked": ("Keychain locked", "Unlock"),
    "waiting": ("The keychain asks", ""),
    "absent": ("No keychain", "Keep the keys in a file"),
    "open": ("Keys in two places", "Combine them"),
}
SERVE, PORT, MEND_VAULT, READ, DISMISS = "serve", "port", "vault", "read", "dismiss"
OPEN_FILE = "file"
LOOK, LOOK_NEVER = "look", "look-never"
"""What a matter's button does; every other one is the name of a page."""


@dataclass(frozen=True)
class Matter:
    """One thing that is wrong."""

    title: str
    """A few words, for the sidebar."""
    text: str
    """The whole sentence."""
    role: str
    """`bad` or `warn`"""
    button: str = ""
    does: str = ""
    second: str = ""
    """Another button's words; empty: there is none."""
    second_does: str = ""


def matters(view: Overview) -> list[Matter]:
    """The gravest first."""
    found: list[Matter] = []
    if view.life == "failed":
        found.append(_down(view))
    elif view.life == "stopped":
        found.append(
            Matter(tr("Not serving"), told(view.message) or tr("Stopped."), "warn", tr("Start serving"), SERVE)
        )
    title, button = VAULT.get(view.vault_state, ("Keychain", ""))
    if vault := view.vault_closed or view.vault_advice:
        found.append(Matter(tr(title), told(vault), "warn", tr(button), MEND_VAULT if button else ""))
    for engine in view.failed_engines():
        text = (
            tr("{name} failed: {reason}", name=engine.name, reason=told(engine.reason))
            if engine.reason
            else tr("{name} failed.", name=engine.name)
        )
        found.append(Matter(tr("{name} failed", name=engine.name), text, "bad", tr("See engines"), "Engines"))
    found += [Matter(_short(told(text)), told(text), "warn", *_where(text)) for text in view.troubles]
    if view.unread:
        first, more = view.unread[0], len(view.unread) - 1
        sentence = told_notice(first)
        text = tr("{message} ({more} more in Notices)", message=sentence, more=more) if more else sentence
        role = "bad" if first.level == "error" else "warn"
        found.append(Matter(_short(sentence), text, role, tr("See notices"), READ, tr("Dismiss"), READ + DISMISS))
    if (fontless := without_font()) and fontless not in view.dismissed:
        # in English on purpose: other letters cannot be drawn
        found.append(Matter("No font for Chinese", fontless, "warn", "Dismiss", DISMISS))
    if view.asks_about_updates:
        question = tr("Check for new versions once a day? Only the list of versions is downloaded.")
        buttons = (tr("Check and tell me"), LOOK, tr("Do not check"), LOOK_NEVER)
        found.append(Matter(tr("New versions"), question, "warn", *buttons))
    for text in (*view.warnings, view.hint):
        if text and text not in view.dismissed:
            found.append(Matter(tr("Hint"), text, "warn", tr("Dismiss"), DISMISS))
    return found


def _down(view: Overview) -> Matter:
    if view.problem == PORT_TAKEN:
        return Matter(tr("The port is taken"), view.why, "bad", tr("Use a free port"), PORT, tr("Try again"), SERVE)
    if view.problem == PORT_IN_FILE:
        text = tr(
            "Another program has taken the port that voicegw.yaml sets. Write another number at serve.port there, or 0"
            " for any free one, then try again."
        )
        return Matter(tr("The port is taken"), text, "bad", tr("Open voicegw.yaml"), OPEN_FILE, tr("Try again"), SERVE)
    return Matter(tr("Cannot serve"), view.why, "bad", tr("Try again"), SERVE, tr("Settings"), "Settings")


def _where(text: str) -> tuple[str, str]:
    if text.startswith("Version "):
        return "", ""
    return (tr("See budgets"), "Money") if "budget" in text else (tr("See requests"), "Conversations")


def _short(text: str) -> str:
    """The first words, for a place that has no room for a sentence."""
    return text.split(": ")[0].split(". ")[0].rstrip(".")
