"""Runs an operation from the command line: in the gateway that serves when there is one, else right here."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from voicegw_desktop import __version__
from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.terminal import say, say_json
from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.typed import Record, record, texts
from voicegw_desktop.gateway.operations import Operation

ATTACH_LIMIT = 1.0  # s a running gateway may take to accept a connection
NOTHING = "do nothing"
"""How a preview begins that leaves nothing to confirm."""
NULLS = ("none", "null", "-")


def run(operation: Operation, options: Options) -> int:
    """The command's exit status."""
    params = _params(operation, options)
    if operation.name == "pull_model":
        from voicegw_desktop.cli.pull import pull

        source = params.get("source")
        return pull(texts(params["model"]), source if isinstance(source, str) else None, as_json=options.json)
    if operation.destructive and not options.confirm:
        answer = asyncio.run(ask(operation, {**params, "confirm": False}))
        if options.json:
            say_json(answer)
            return 0
        from voicegw_desktop.cli.tables import cell

        would = str(answer.get("would", operation.description))
        say(f"This would {would}.")
        for key, value in answer.items():
            # all that is known of an engine says no more of what would happen
            if key not in ("preview", "would", "confirm", "engine") and value:
                say(f"  {key}: {cell(value, key)}")
        if would.startswith(NOTHING):
            return 0
        if not sys.stdin.isatty():
            say("Nothing was done; add --yes to do it.")
            return 0
        if input("Do it? [y/N] ").strip().lower() not in ("y", "yes"):
            return 1
    if operation.destructive:
        params["confirm"] = True
    answer = asyncio.run(ask(operation, params))
    if options.json:
        say_json(answer)
    else:
        from voicegw_desktop.cli.tables import show

        show(operation.name, answer)
        if operation.name in ("status", "doctor"):
            _say_other_version(answer)
    return 1 if operation.name in CHECKS and answer.get("ok") is False else 0


CHECKS = ("doctor", "verify_model", "test_provider", "audit_books", "check_prices", "check_baseline")
"""Operations whose command ends with 1 when they found something."""


async def ask(operation: Operation, params: Record) -> Mapping[str, object]:
    """The operation's answer, from the running gateway or from a temporary one."""
    from voicegw_desktop.core.paths import system_paths

    answer = await attached(system_paths().socket, operation, params)
    if answer is not None:
        return answer
    if operation.name in ("start_engine", "stop_engine", "pause_pull", "cancel_pull"):
        raise VoiceGatewayError("No gateway is running here; start one with `voicegw serve` or `voicegw app`.")
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.gateway.operations import run as run_operation

    async with Gateway() as gateway:
        return await run_operation(gateway, operation.name, params, source="cli")


async def attached(socket: Path, operation: Operation, params: Record) -> Mapping[str, object] | None:
    """The answer of this profile's gateway (`Paths.socket`); None when no gateway answers there."""
    from voicegw_desktop.core import control

    if control.find(socket) is None:
        return None
    import aiohttp

    path, rest = _path(operation, params)
    body = None if operation.method in ("GET", "DELETE") else rest
    query = {k: control.query_text(v) for k, v in rest.items() if v is not None} if body is None else None
    try:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ATTACH_LIMIT)
        async with (
            control.Channel(socket, timeout=timeout) as channel,
            channel.http().request(
                operation.method,
                path,
                params=query,
                json=body,
                headers={"X-VoiceGW-Source": "cli"},
            ) as response,
        ):
            answer = record(await response.json(content_type=None))
            if response.status < 400:
                return answer
            error = record(answer.get("error"))
            message = str(error.get("message") or f"The gateway answered with status {response.status}.")
            kind = BadRequest if response.status in (400, 413, 422) else VoiceGatewayError
            code = error.get("code")
            raise kind(message, code=code if isinstance(code, str) else None)
    except (aiohttp.ClientConnectorError, ConnectionRefusedError):
        return None
    except (aiohttp.ClientError, ValueError) as error:
        raise VoiceGatewayError(f"The gateway at {socket} ended while it answered: {error}.") from error


def _path(operation: Operation, params: Record) -> tuple[str, Record]:
    path, rest = operation.path, dict(params)
    for param in operation.params:
        for form in (f"{{{param.name}}}", f"{{{param.name}:.+}}"):
            if form in path:
                path = path.replace(form, quote(str(rest.pop(param.name, param.default)), safe="/"))
    return path, rest


def _params(operation: Operation, options: Options) -> Record:
    found: Record = {}
    given: Record = vars(options)
    for param in operation.params:
        value = given.get(param.name)
        if param.name == "confirm" or value is None or value is False:
            continue
        if param.secret:
            value = _secret(param.name)
        elif param.nullable and isinstance(value, str) and value.lower() in NULLS:
            value = None
        elif param.path:
            from voicegw_desktop.core.paths import expanded

            # the gateway that does it runs in another folder
            value = str(expanded(str(value)).absolute())
        elif param.kind == "object":
            try:
                value = json.loads(str(value))
            except ValueError as error:
                raise BadRequest(f'"{param.name}" must be JSON: {error}.', param=param.name) from error
        found[param.name] = value
    if operation.name == "pull_model":
        return found
    return operation.take(found) if not _missing_secret(operation, found) else found


def _missing_secret(operation: Operation, found: Record) -> bool:
    for param in operation.params:
        if param.secret and param.required and param.name not in found:
            found[param.name] = _secret(param.name)
    return False


def _secret(name: str) -> str:
    """From a terminal without echo, or one line of standard input; never an argument that other users can see."""
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass(f"{name}: ")
    return sys.stdin.readline().rstrip("\r\n")


def _say_other_version(answer: Mapping[str, object]) -> None:
    """An upgrade replaces the files, not the gateway that runs: it answers with the version it was started as."""
    running = answer.get("version")
    # a gateway of today says it by itself
    if running and running != __version__ and "installed_version" not in answer:
        say(f"Version {running} runs, {__version__} is installed: `voicegw restart` starts the installed one.")
