"""What is said of a command line that is not understood: what is wrong, what was probably meant, where to look."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from voicegw_desktop.core.errors import did_you_mean
from voicegw_desktop.core.text import shown

GUESSES = {"format": "--json", "output": "--json", "force": "--yes", "confirm": "--yes"}
"""Words of other programs' options → what it is called here, where a command has it."""


ELSEWHERE = {
    "pull": "models pull", "download": "models pull", "install": "models pull", "ps": "engines list",
    "list": "models list", "ls": "models list", "run": "talk", "chat": "talk", "add": "providers add",
    "gui": "app", "tray": "app", "window": "app", "quit": "stop", "exit": "stop", "env": "keys show",
    "config set": "set", "config edit": "set", "config show": "config explain", "config get": "config explain",
}  # fmt: skip
"""Commands of other programs → what it is called here."""
SAME = (
    ("delete", "remove", "rm", "del", "revoke", "forget", "uninstall", "unset"),
    ("create", "add", "new", "mint", "register", "pin"),
    ("pull", "download", "get", "fetch", "install", "add"),
    ("update", "change", "edit", "set"),
    ("show", "info", "status", "get", "list", "ls"),
    ("start", "load", "run"),
    ("stop", "unload", "kill", "end"),
)
"""Words that mean the same action; a group of commands has one or two of them."""


class KeyGiven(argparse.Action):
    """Refuses a key on the command line, where other programs of this machine can read it."""

    def __call__(self, parser: argparse.ArgumentParser, *_given: Any) -> NoReturn:
        option = self.option_strings[0]
        parser.error(
            f"{option} is not taken on the command line, where other programs can read it: write {option}-stdin, and "
            "give the key on standard input or when it is asked for."
        )


class Parser(argparse.ArgumentParser):
    """Says in a sentence what is wrong and what was probably meant, instead of listing everything."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The options; what no command takes ends the program with status 2."""
        found, left = self.parse_known_args(args, namespace)
        if left:
            used = getattr(found, "used", self)
            used.error(_too_much(used, left))
        return found

    def error(self, message: str) -> NoReturn:
        """End with status 2 and a sentence that leads to the help page."""
        self.exit(2, f"voicegw: {_sentence(self, message)} `{self.prog} --help` shows what it takes.\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(message, file or sys.stderr)


def _sentence(parser: argparse.ArgumentParser, message: str) -> str:
    if wrong := re.match(r"argument (.+?): invalid choice: '?(.*?)'? \(choose from (.*)\)", message, re.DOTALL):
        what, given = wrong.group(1).split("/")[0], wrong.group(2)
        # Python 3.12 and newer quote them no more
        choices = re.findall(r"[\w-]+", wrong.group(3))
        hint = did_you_mean(given, choices)
        if what in ("command", "action"):
            hint = _command(parser, given, choices) or hint
            return f'There is no command "{shown(given)}".{hint}'
        return f'"{what}" is "{shown(given)}"; it must be one of {", ".join(choices)}.{hint}'
    if missing := re.match(r"the following arguments are required: (.*)", message):
        return " ".join(_missing(parser, name) for name in missing.group(1).split(", "))
    if empty := re.match(r"argument (.+?): expected (?:one|at least one) argument", message):
        return f"{empty.group(1).split('/')[0]} needs a value."
    if wrong := re.match(r"argument (.+?): invalid (\w+) value: (.*)", message, re.DOTALL):
        kind = {"int": "a whole number", "float": "a number"}.get(wrong.group(2), "another value")
        return f'"{wrong.group(1).split("/")[0]}" is "{shown(wrong.group(3).strip(chr(39)))}"; it must be {kind}.'
    if several := re.match(r"ambiguous option: (\S+) could match (.*)", message):
        return f'"{several.group(1)}" may mean {several.group(2).replace(", ", " or ")}: write it whole.'
    text = re.sub(r"^argument (\S+): ", r"\1: ", message)
    return text if text.endswith((".", "?")) else f"{text}."


def _command(parser: argparse.ArgumentParser, given: str, choices: Sequence[str]) -> str:
    """The command that a word of another program means, as a sentence; empty where none is known."""
    group = parser.prog.partition(" ")[2]
    if meant := ELSEWHERE.get(f"{group} {given}".strip()):
        return f' Did you mean "voicegw {meant}"?'
    words = (word for some in SAME if given in some for word in some if word in choices)
    meant = next(words, None) if group else None
    return f' Did you mean "{meant}"?' if meant else ""


def _missing(parser: argparse.ArgumentParser, name: str) -> str:
    about = next((action.help for action in parser._actions if name in (action.dest, action.metavar)), None)
    # which values there are stands in the sentence already
    about = re.sub(r" \([^()]*\)$", "", about or "")
    return f'"{name}" is required: {about}' if about else f'"{name}" is required.'


def _too_much(parser: argparse.ArgumentParser, left: Sequence[str]) -> str:
    """What is said of arguments that nothing takes."""
    option = next((text for text in left if text.startswith("-") and len(text) > 1), None)
    if option is None:
        if any(isinstance(action, KeyGiven) for action in parser._actions):
            return "There is one value too many; it is not repeated here, because it may be a key."
        return f'"{shown(left[0])}" is one value too many.{_as_option(parser, left[0])}'
    name = option.partition("=")[0]
    return f'There is no option "{shown(name)}" here.{_meant(parser, name)}'


def _as_option(parser: argparse.ArgumentParser, value: str) -> str:
    if option := _with_choice(parser, value):
        return f' Did you mean "{option} {value}"?'
    return f' Did you mean "--name {shown(value)}"?' if "--name" in _options(parser) else ""


def _with_choice(parser: argparse.ArgumentParser, value: str) -> str | None:
    """The option that takes this word as its value."""
    for action in parser._actions:
        named = re.search(r"\(([\w, -]+)\)$", action.help or "")
        if action.option_strings and named and value in named.group(1).split(", "):
            return action.option_strings[0]
    return None


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [
        option
        for action in parser._actions
        if action.help != argparse.SUPPRESS or action.dest == "confirm"
        for option in action.option_strings
        if option.startswith("--")
    ]


def _meant(parser: argparse.ArgumentParser, option: str) -> str:
    """The option or the place that was probably meant, as a sentence; empty where nothing is near."""
    word, known = option.lstrip("-").lower().replace("_", "-"), _options(parser)
    guess = next((name for name in (f"--{word}", GUESSES.get(word)) if name in known), None)
    if guess:
        return f' Did you mean "{guess}"?'
    placed = [action for action in parser._actions if not action.option_strings and action.dest != argparse.SUPPRESS]
    for action in placed:
        parts = action.dest.split("_")
        if word in parts or word.split("-") == parts or (len(placed) == 1 and word in ("name", "id")):
            return f" Write the value alone: `{parser.prog} {action.dest.upper()}`."
    within = [name for name in known if word in name.lstrip("-").split("-")]
    if len(within) == 1:
        return f' Did you mean "{within[0]}"?'
    if choice := _with_choice(parser, word):
        return f' Did you mean "{choice} {word}"?'
    # compared without the dashes, which all of them share
    near = did_you_mean(word, [name.lstrip("-") for name in known])
    return near.replace('"', '"--', 1)
