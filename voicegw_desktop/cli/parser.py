"""Builds the argument parser from the table of operations and the verbs that are not operations."""

from __future__ import annotations

import argparse
import shutil
from functools import partial
from typing import Any

from voicegw_desktop import __version__
from voicegw_desktop.cli import operate, verbs
from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.wrong import KeyGiven, Parser
from voicegw_desktop.gateway.operations import OPERATIONS, Operation, Param

GROUPS = {
    "baseline": "Latency, cost and errors of a period, kept: list, pin, check.",
    "budgets": "What may be spent and what is: list, set.",
    "config": "Where values come from; read the file again.",
    "engines": "Local engines: list, start, stop.",
    "keys": "Access keys: list, create, show, revoke, rotate.",
    "models": "Models: list, pull, verify, import, remove; register names.",
    "packs": "Engines and providers that are fetched when they are wanted: list, add, remove.",
    "prices": "What models cost: list, gaps, check, set, unset, reprice.",
    "projects": "Projects: list, create, update, delete.",
    "providers": "Providers: list, show, test, add, key, delete.",
    "route": "What serves each modality: show, set.",
    "secrets": "Where keys are kept: show, unlock the keychain, move.",
    "sound": "Microphone and speaker: show, set; speak and listen as an agent would.",
    "storage": "The database: show, tidy; see also backup and restore.",
    "update": "New versions of the program: show, check, install.",
    "sessions": "Conversations: list, show.",
}
BEGIN = "Begin with `voicegw onboard`, then `voicegw serve` or `voicegw app`. `voicegw COMMAND --help` explains one."
WIDEST = 100  # characters of a line of help
ALIASES = {"mint": "create", "rm": "remove"}

ALSO = {"provider_type": "--type", "base_url": "--url"}
"""Options that are taken beside the one of a parameter: words of voicegw.yaml."""

POSITIONAL = {
    "get_project": ("project_id",),
    "create_project": ("project_id",),
    "update_project": ("project_id",),
    "delete_project": ("project_id",),
    "get_provider": ("provider_id",),
    "test_provider": ("provider_id",),
    "list_offers": ("provider_id",),
    "add_provider": ("provider_id",),
    "set_provider_key": ("provider_id",),
    "delete_provider": ("provider_id",),
    "show_key": ("key_id",),
    "revoke_key": ("key_id",),
    "rotate_key": ("key_id",),
    "start_engine": ("name",),
    "stop_engine": ("name",),
    "pull_model": ("model",),
    "cancel_pull": ("model",),
    "verify_model": ("model",),
    "remove_model": ("model",),
    "import_models": ("path",),
    "import_voicegateway": ("path",),
    "add_pack": ("pack",),
    "remove_pack": ("pack",),
    "register_model": ("model_id",),
    "delete_model": ("model_id",),
    "set_route": ("modality", "target"),
    "set_offline": ("offline",),
    "choose_stack": ("name",),
    "pin_baseline": ("name",),
    "check_baseline": ("name",),
    "set_price": ("target",),
    "set_setting": ("path", "value"),
    "unset_price": ("target",),
    "explain_config": ("path",),
    "session": ("session_id",),
    "backup": ("file",),
    "export": ("rows", "file"),
    "restore": ("file",),
    "speak": ("text",),
    "converse": ("text",),
    "show_routes": (),
}
"""Parameters given by place; the others are options."""


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=min(WIDEST, shutil.get_terminal_size().columns - 2))

    def _format_action(self, action: argparse.Action) -> str:
        text = super()._format_action(action)
        # the line that would only say "command" again
        return text.partition("\n")[2] if isinstance(action, argparse._SubParsersAction) else text


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    common = Parser(add_help=False)
    _common(common, argparse.SUPPRESS)
    parser = Parser(
        prog="voicegw",
        description="Local speech and language engines, and cloud ones, behind one socket.",
        epilog=BEGIN,
        formatter_class=_Formatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"voicegw {__version__}")
    _common(parser, None)
    parser.set_defaults(run=None, parser=parser, used=parser)
    top = parser.add_subparsers(metavar="command", title="commands")
    for verb in verbs.VERBS:
        sub = top.add_parser(
            verb.name, help=verb.help, description=verb.help, parents=[common], formatter_class=_Formatter
        )
        verb.arguments(sub)
        _need_no_answer(sub)
        sub.set_defaults(run=verb.run, used=sub)
    groups: dict[str, Any] = {}
    for name, text in GROUPS.items():
        group = top.add_parser(name, help=text, description=text, parents=[common], formatter_class=_Formatter)
        group.set_defaults(used=group)
        groups[name] = group.add_subparsers(metavar="action", title="actions")
        listing = next((o for o in OPERATIONS.values() if o.verb in (name, f"{name} list", f"{name} show")), None)
        if listing is not None:
            # the bare word lists
            group.set_defaults(run=partial(operate.run, listing))
            if listing.verb == name:
                _params(group, listing)
        else:
            group.set_defaults(run=partial(_explain, group))
    for operation in OPERATIONS.values():
        group_name, _, action = operation.verb.partition(" ")
        if not action and group_name in GROUPS:
            _add(groups[group_name], "list", operation, common)
            continue
        _add(groups[group_name] if action else top, action or group_name, operation, common)
    return parser


def _explain(parser: argparse.ArgumentParser, options: Options) -> int:
    parser.print_help()
    return 0


def commands() -> set[str]:
    """Every command, as in `keys create`; for tests and the reference page."""
    found: set[str] = set()

    def walk(parser: argparse.ArgumentParser, at: str) -> None:
        if parser.get_default("run") is not None:
            found.add(at)
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, sub in action.choices.items():
                    walk(sub, f"{at} {name}".strip())

    walk(build_parser(), "")
    return found


def _common(parser: argparse.ArgumentParser, default: Any) -> None:
    suppress: dict[str, Any] = {"default": argparse.SUPPRESS} if default is argparse.SUPPRESS else {}
    parser.add_argument("-c", "--config", metavar="FILE", help="use this configuration", **suppress)
    parser.add_argument("--json", action="store_true", help="answer as JSON", **suppress)
    parser.add_argument("--temp-basedir", action="store_true", help="a throw-away profile, gone at the end", **suppress)


def _add(into: Any, name: str, operation: Operation, common: argparse.ArgumentParser) -> None:
    aliases = [short for short, long in ALIASES.items() if long == name]
    sub = into.add_parser(
        name,
        aliases=aliases,
        help=operation.description,
        description=operation.description,
        parents=[common],
        formatter_class=_Formatter,
    )
    _params(sub, operation)
    _need_no_answer(sub)
    sub.set_defaults(run=partial(operate.run, operation), used=sub)


def _need_no_answer(parser: argparse.ArgumentParser) -> None:
    """Take --yes where nothing is asked: a script may give it to every command."""
    if not any("--yes" in action.option_strings for action in parser._actions):
        parser.add_argument("-y", "--yes", dest="confirm", action="store_true", help=argparse.SUPPRESS)


def _params(parser: argparse.ArgumentParser, operation: Operation) -> None:
    placed = POSITIONAL.get(operation.name, ())
    for param in operation.params:
        if param.name == "confirm":
            parser.add_argument("-y", "--yes", dest="confirm", action="store_true", help="do it without asking")
        elif param.secret:
            parser.add_argument(
                f"--{param.name.replace('_', '-')}-stdin",
                dest=param.name,
                action="store_true",
                help=f"read it from standard input; {param.description}",
            )
            parser.add_argument(f"--{param.name.replace('_', '-')}", action=KeyGiven, nargs="?", help=argparse.SUPPRESS)
        elif param.name in placed:
            optional: dict[str, Any] = {} if param.required else {"nargs": "?"}
            many: dict[str, Any] = {"nargs": "+"} if operation.name == "pull_model" else optional
            parser.add_argument(param.name, help=_help(param), **many)
        elif param.kind == "boolean":
            parser.add_argument(f"--{param.name.replace('_', '-')}", action="store_true", help=_help(param))
        else:
            names = (f"--{param.name.replace('_', '-')}", *filter(None, [ALSO.get(param.name)]))
            parser.add_argument(*names, metavar=_metavar(param), help=_help(param))


def _metavar(param: Param) -> str:
    return "A,B" if param.kind == "array" else param.kind.upper()


def _help(param: Param) -> str:
    text = param.description + (f" ({', '.join(param.choices)})" if param.choices else "")
    text += " Separated by commas, or as a JSON array." if param.kind == "array" else ""
    return text.replace("%", "%%")
