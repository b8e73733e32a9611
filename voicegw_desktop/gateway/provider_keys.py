"""Providers' keys: each belongs to a provider's name and to the host it was entered for, and is sent to no other.

A key stored in the keychain or the sealed file is named `provider/<name>@<place>`, and, when it belongs to one project,
`provider/<project>/<name>@<place>`. The place is the address in force when it was entered. A key written in the file or
the environment belongs to the address that the file gives. When `base_url` changes, the key has to be entered again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from voicegw_desktop.config.origins import Origin
from voicegw_desktop.core.addresses import origin
from voicegw_desktop.core.errors import SecretsLocked
from voicegw_desktop.core.registry import env_key, env_key_variable
from voicegw_desktop.routing.memo import Memo
from voicegw_desktop.secrets.crypto import SecretStore

if TYPE_CHECKING:
    from voicegw_desktop.config.file import KeyPath
    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.config.schema import ProviderConfig

PREFIX = "provider/"


def place_of(provider: str, settings: Mapping[str, Any]) -> str:
    """Where a provider's requests go: `https://host:port`, or its kind when it answers at its own address."""
    address = settings.get("base_url")
    return origin(str(address)) if address else str(settings.get("type") or provider)


def secret_name(provider: str, project: str | None, place: str) -> str:
    """The name a provider's key has in the secret store."""
    return f"{_stem(provider, project)}@{place}"


class ProviderKeys:
    """Finds, stores and forgets the providers' keys. `merged` and `written` give the configuration with and without
    what the database adds."""

    def __init__(
        self, secrets: SecretStore, merged: Callable[[], GatewayConfig], written: Callable[[], GatewayConfig]
    ) -> None:
        self._secrets, self._merged, self._written = secrets, merged, written
        self._found: dict[tuple[str, str | None, str], str | None] = {}
        self._names: frozenset[str] = frozenset()
        self._known = True
        self._first: GatewayConfig | None = None
        self._looks: Memo[tuple[str, str | None], tuple[Mapping[str, Any], str, bool]] = Memo()
        self._seen: tuple[GatewayConfig, GatewayConfig] | None = None
        """The configurations that gave `_looks`."""

    async def load(self) -> None:
        """Learn which keys are stored, and look each up again at its next use."""
        if self._first is None:
            self._first = self._merged()
        self.forget()
        try:
            self._names, self._known = frozenset(await asyncio.to_thread(self._bind, self._first)), True
        except SecretsLocked:
            self._names = self._secrets.remembered()
            self._known = bool(self._names)

    @property
    def names(self) -> frozenset[str]:
        """The names of all stored secrets; while the keychain is locked, those it had when it last answered."""
        return self._names

    def forget(self) -> None:
        """Look each key up again at its next use."""
        self._found.clear()

    def _bind(self, config: GatewayConfig) -> list[str]:
        """The names of all secrets. Keys that an earlier version stored without a place get the one in force when this
        process started: nothing that changed since may decide where they go."""
        names = self._secrets.names()
        loose = [name for name in names if name.startswith(PREFIX) and "@" not in name]
        for name in loose:
            first, slash, rest = name.removeprefix(PREFIX).partition("/")
            project, provider = (first, rest) if slash else (None, first)
            value = self._secrets.get(name)
            if value is not None:
                place = place_of(provider, config.get_provider_config_for_project(provider, project))
                self._secrets.set(f"{name}@{place}", value)
                self._secrets.delete(name)
        return self._secrets.names() if loose else names

    # -- looking ------------------------------------------------------------------------------------------------------

    async def get(self, provider: str, project: str | None = None) -> str | None:
        """The key for the address in force: the file's, the stored one (the project's, then the general one), then
        `<PROVIDER>_API_KEY`; None when none of them was given for this address, SecretsLocked
        when it lies in a keychain that is locked.

        The configuration is read before anything is awaited: a caller that reads the address in the same step has the
        address that this key belongs to.
        """
        settings, place, trusted = self._look(provider, project)
        if key := self._in_file(settings, provider, project, trusted):
            return key
        at = (provider, project, place)
        if at not in self._found:
            kind = settings.get("type")
            self._found[at] = await asyncio.to_thread(self._stored_or_env, provider, project, place, kind, trusted)
        return self._found[at]

    def get_now(self, provider: str, project: str | None = None) -> str | None:
        """The key as `get` returns it, for code outside a running loop; reads the secret store each time."""
        settings, place, trusted = self._look(provider, project)
        return self._in_file(settings, provider, project, trusted) or self._stored_or_env(
            provider, project, place, settings.get("type"), trusted
        )

    def has(self, provider: str, project: str | None = None) -> bool:
        """Whether `get` would find one; from memory once `load` has learned the names, else the store is asked."""
        if self._first is None:
            try:
                return bool(self.get_now(provider, project))
            except SecretsLocked:
                return True
        settings, place, trusted = self._look(provider, project)
        return bool(
            self._in_file(settings, provider, project, trusted)
            or self._stored_names(provider, project, place) & self._names
            or (trusted and env_key(provider, settings.get("type")))
            # a locked keychain whose names were never seen may hold it: the request fails with the reason
            or not self._known
        )

    def withheld(self, provider: str, project: str | None = None) -> str | None:
        """Why a key that was given is not used, as a sentence; None when none is withheld."""
        if self.has(provider, project):
            return None
        settings, place, trusted = self._look(provider, project)
        elsewhere = {
            name.rpartition("@")[2]
            for stem in (_stem(provider, project), _stem(provider, None))
            for name in self._names
            if name.startswith(f"{stem}@")
        }
        if not elsewhere and not trusted and (settings.get("api_key") or env_key(provider, settings.get("type"))):
            elsewhere = {"the address in the file"}
        if not elsewhere:
            return None
        return (
            f"The key of {provider} was entered for {' and '.join(sorted(elsewhere))} and is not sent to {place}: enter"
            f" it again with `voicegw providers key {provider} --api-key-stdin`."
        )

    async def origins(self) -> dict[KeyPath, Origin]:
        """The configured providers whose key is in no file, with where it is."""
        found: dict[KeyPath, Origin] = {}
        config = self._merged()
        sections: list[tuple[KeyPath, str | None, dict[str, ProviderConfig]]] = [((), None, config.providers)]
        sections += [(("projects", p), p, entry.providers) for p, entry in config.projects.items()]
        for at, project, providers in sections:
            for name, section in providers.items():
                if section.api_key:
                    continue
                _, place, trusted = self._look(name, project)
                secret = secret_name(name, project, place)
                if secret in self._names:
                    try:
                        key = await asyncio.to_thread(self._secrets.get, secret)
                    except SecretsLocked:
                        key = None
                    found[*at, "providers", name, "api_key"] = Origin("secret", secret, key)
                elif project is None and trusted and (variable := env_key_variable(name, section.type)):
                    found["providers", name, "api_key"] = Origin("env", variable, os.environ[variable])
        return found

    # -- changing -----------------------------------------------------------------------------------------------------

    async def put(self, provider: str, key: str, project: str | None = None, *, base_url: str | None = None) -> None:
        """Keep a key for `base_url`, or for the address in force; one kept for another address is forgotten."""
        # the address that the caller named: another one may have come into force since
        place = origin(base_url) if base_url else self._look(provider, project)[1]
        name = secret_name(provider, project, place)
        await asyncio.to_thread(self._secrets.set, name, key)
        await self.drop(provider, project, keep=name)

    async def drop(self, provider: str, project: str | None = None, *, keep: str | None = None) -> bool:
        """Forget a provider's stored keys, whichever address they are for; False when there was none."""
        stem = _stem(provider, project)

        def delete() -> bool:
            names = [n for n in self._secrets.names() if n.startswith(f"{stem}@") and n != keep]
            # every key is removed, not only the first
            return [self._secrets.delete(name) for name in names].count(True) > 0

        found = await asyncio.to_thread(delete)
        await self.load()
        return found

    def stored(self, provider: str, project: str | None = None) -> bool:
        """Whether a key is stored for it, for whichever address; from memory."""
        return any(name.startswith(f"{_stem(provider, project)}@") for name in self._names)

    # -- rules --------------------------------------------------------------------------------------------------------

    def _look(self, provider: str, project: str | None) -> tuple[Mapping[str, Any], str, bool]:
        """The settings in force, their place, and whether the file alone gives the same place."""
        # each request asks; a configuration does not change, another one takes its place
        merged, written = self._merged(), self._written()
        if self._seen is None or self._seen[0] is not merged or self._seen[1] is not written:
            self._seen = merged, written
            self._looks.clear()
        at = (provider, project)
        if at in self._looks:
            return self._looks[at]
        settings = merged.get_provider_config_for_project(provider, project)
        place = place_of(provider, settings)
        alone = place_of(provider, written.get_provider_config_for_project(provider, project))
        return self._looks.keep(at, (settings, place, place == alone))

    def _in_file(self, settings: Mapping[str, Any], provider: str, project: str | None, trusted: bool) -> str | None:
        key = settings.get("api_key")
        return str(key) if key and trusted else None

    @staticmethod
    def _stored_names(provider: str, project: str | None, place: str) -> set[str]:
        projects: Iterable[str | None] = (project, None) if project else (None,)
        return {secret_name(provider, p, place) for p in projects}

    def _stored_or_env(
        self, provider: str, project: str | None, place: str, kind: str | None, trusted: bool
    ) -> str | None:
        for owner in (project, None) if project else (None,):
            name = secret_name(provider, owner, place)
            try:
                if value := self._secrets.get(name):
                    return value
            except SecretsLocked:
                # what was never stored needs no keychain
                if name in self._names or not (self._known or (trusted and env_key(provider, kind))):
                    raise
        return env_key(provider, kind) if trusted else None


def _stem(provider: str, project: str | None) -> str:
    return f"{PREFIX}{project}/{provider}" if project else f"{PREFIX}{provider}"
