"""Warnings about a valid configuration: unset variables, and names of things that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voicegw_desktop.config.schema import VoiceGatewaySchema


def lets_others_in(host: str) -> bool:
    """True when other machines can connect to a server at this address."""
    return not (host in ("localhost", "::1") or host.startswith("127."))


def exposure(host: str, *, encrypted: bool) -> list[str]:
    """The warning for a server at `host`, when there is one to give."""
    if encrypted or not lets_others_in(host):
        return []
    return [
        f"serve.allow_lan: other machines can connect at {host} and nothing is encrypted; set serve.tls_cert and"
        " serve.tls_key."
    ]


def warnings_for(
    config: VoiceGatewaySchema, path: Path | None, missing_env: tuple[str, ...], unread_env: tuple[str, ...]
) -> tuple[str, ...]:
    """One `path: sentence` for each; `path`, `missing_env` and `unread_env` as in GatewayConfig."""
    from voicegw_desktop.config.file_keys import unknown_ids
    from voicegw_desktop.core.registry import PROVIDERS

    found = [
        f"${{{name}}} is named in {path or 'the configuration'} but not set; it became an empty string."
        for name in missing_env
    ]
    found += [
        f"{where}: a `$` in it is kept as text; a variable is written ${{NAME}}, or ${{NAME:-default}}."
        for where in unread_env
    ]
    serve = config.serve
    if serve.zeroconf and not lets_others_in(serve.host):
        found.append(
            f"serve.zeroconf: nothing is announced, because only this machine can reach serve.host {serve.host};"
            " set serve.host to an address of this machine and serve.allow_lan to true, or serve.zeroconf to false."
        )
    if serve.allow_lan:
        found += exposure(serve.host, encrypted=bool(serve.tls_cert))
    found += [
        f"budgets.keys.{key_id}: no key in the file has this id, so that nothing is limited. Keys that have no name, or"
        " another one's, have ids of their own: give each a `name`, and limit `config:` with that name."
        for key_id in unknown_ids(config.budgets.keys, config.auth.api_keys)
    ]
    known = set(PROVIDERS) | set(config.providers)
    for name, provider in config.providers.items():
        kind = provider.type or name
        # a name of one's own with an address and no kind speaks OpenAI's form
        if kind not in PROVIDERS and (provider.type or not provider.base_url):
            hint = did_you_mean(kind, PROVIDERS) or " Give it a `type`, such as openai_compatible."
            found.append(f'providers.{name}: "{kind}" is no known provider.{hint}')
    for where, modality, target in _targets(config):
        if target in config.models.of(modality) or target in config.routing.of(modality).aliases:
            continue
        provider_name, slash, _ = target.partition("/")
        if not slash:
            found.append(
                f'{where}: "{target}" is no target: write provider/model, as in whisper/base, or a name below'
                f" models.{modality}."
            )
        elif provider_name not in known:
            found.append(f'{where}: no provider "{provider_name}".{did_you_mean(provider_name, known)}')
    for name, project in config.projects.items():
        if project.default_stack and project.default_stack not in config.stacks:
            hint = did_you_mean(project.default_stack, config.stacks)
            found.append(f'projects.{name}.default_stack: there is no stack "{project.default_stack}".{hint}')
    if config.routing.stack and config.routing.stack not in config.stacks:
        hint = did_you_mean(config.routing.stack, config.stacks)
        found.append(f'routing.stack: there is no stack "{config.routing.stack}".{hint}')
    for name in config.rate_limits:
        whose, slash, what = name.rpartition("/")
        if slash and whose not in config.projects and whose != config.default_project:
            found.append(f'rate_limits.{name}: no project "{whose}".{did_you_mean(whose, config.projects)}')
        if not slash and what not in known and (what in config.projects or what == config.default_project):
            found.append(f'rate_limits.{name}: "{what}" is a project; write "{what}/*" for all it asks.')
        elif what not in known and not (slash and what == "*"):
            found.append(f'rate_limits.{name}: there is no provider "{what}".{did_you_mean(what, known)}')
    return tuple(found)


def _targets(config: VoiceGatewaySchema) -> Iterator[tuple[str, str, str]]:
    """(path, modality, target) of every place in the file that names a target."""
    for name, stack in config.stacks.items():
        yield from ((f"stacks.{name}.{modality}", modality, target) for modality, target in stack if target)
    for modality in ("stt", "llm", "tts"):
        for target in config.fallbacks.of(modality):
            yield f"fallbacks.{modality}", modality, target
        for name, target in config.routing.of(modality).aliases.items():
            yield f"routing.{modality}.aliases.{name}", modality, target
        for name, model in config.models.of(modality).items():
            yield f"models.{modality}.{name}", modality, f"{model.provider}/{model.model}"
