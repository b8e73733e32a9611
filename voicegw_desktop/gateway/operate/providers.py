"""Operations on providers: addresses and keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from voicegw_desktop.core.addresses import problem
from voicegw_desktop.core.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    SecretsLocked,
    Unauthorized,
    UpstreamError,
    did_you_mean,
)
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.core.registry import PROVIDERS, called, create_provider, get_provider, takes_address
from voicegw_desktop.core.text import check_name
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.models import database, try_row
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.gateway.operate.usage import plain, plain_record
from voicegw_desktop.secrets.crypto import mask

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.gateway.listings import ProviderEntry

ID = Param("provider_id", "string", "The provider's name.", required=True)
NEW = Param("provider_id", "string", "The provider's name.", required=True, rule=check_name)
KEY = Param("api_key", "string", "Kept in the keychain or the sealed file, never in the database.", secret=True)
TEST_LIMIT = 15.0  # s a provider may take to answer a health check


class AskedProvider(Protocol):
    """What is asked of a provider here; `providers.base.BaseProvider` has it."""

    on_ask: Callable[[str], None]
    on_diverted: Callable[[str], None]

    async def health_check(self) -> bool: ...
    async def list_models(self) -> Sequence[object]: ...
    async def list_voices(self) -> Sequence[object]: ...


@operation("list_providers", "GET", "/v1/providers", verb="providers")
async def list_providers(gateway: Gateway, only: str | None = None) -> Record:
    """Every provider: what it can do, where its data goes, whether it has what it needs."""
    return {"providers": [await _with_key(gateway, p) for p in gateway.list_providers(only)]}


@operation("get_provider", "GET", "/v1/providers/{provider_id}", ID, verb="providers show")
async def get_one(gateway: Gateway, provider_id: str, only: str | None = None) -> Record:
    """One provider, with its key masked."""
    return {"provider": await _with_key(gateway, _known(gateway, provider_id, only))}


@operation("test_provider", "POST", "/v1/providers/{provider_id}/test", ID, verb="providers test")
async def try_provider(gateway: Gateway, provider_id: str, only: str | None = None) -> Record:
    """Ask a provider whether it answers with the key and address it has."""
    made = await _provider(gateway, provider_id, only)
    began = time.monotonic_ns()
    try:
        async with asyncio.timeout(TEST_LIMIT):
            answer = await made.health_check()
        ok, message = bool(answer), "" if answer else "It did not answer as it should."
    except TimeoutError:
        ok, message = False, f"No answer within {TEST_LIMIT:.0f} s."
    except Exception as error:
        # the point of the test is to show whatever goes wrong
        ok, message = False, str(error) or type(error).__name__
    return {"provider": provider_id, "ok": ok, "message": message, "ms": (time.monotonic_ns() - began) / 1e6}


@operation("list_offers", "GET", "/v1/providers/{provider_id}/offers", ID, verb="providers offers")
async def list_offers(gateway: Gateway, provider_id: str, only: str | None = None) -> Record:
    """Ask a provider which models and voices it has; empty lists when it keeps none."""
    made = await _provider(gateway, provider_id, only)
    try:
        async with asyncio.timeout(TEST_LIMIT):
            models, voices = await asyncio.gather(made.list_models(), made.list_voices())
    except TimeoutError:
        raise UpstreamError(f"{provider_id} gave no list within {TEST_LIMIT:.0f} s.") from None
    except Unauthorized as error:
        # its key was refused, and not the caller's
        raise UpstreamError(error.message, code="upstream_unauthorized") from None
    return {"provider": provider_id, "models": plain(models), "voices": plain(voices)}


async def _provider(gateway: Gateway, provider_id: str, only: str | None) -> AskedProvider:
    """The provider, whose questions go into the egress log; BadRequest when nothing may leave and it is elsewhere."""
    entry = _known(gateway, provider_id, only)
    name, project = entry["name"], entry["project"]
    if entry["zone"] != "local" and gateway.is_offline():
        raise BadRequest(f"{provider_id} is not on this machine and the gateway is offline.", code="offline")
    key = await gateway.provider_key(name, project)
    made: AskedProvider = create_provider(name, {**gateway.provider_settings(name, project), "api_key": key})
    log, asker = gateway.corridor.egress, project or gateway.config.default_project
    made.on_ask = lambda host: log.note(name, asker, "ask", host, Zone(entry["zone"]))
    made.on_diverted = lambda to: log.refused(name, asker, "", "ask", to)
    return made


@operation(
    "add_provider",
    "POST",
    "/v1/providers",
    NEW,
    Param("provider_type", "string", "Any known provider's name; none: the same as provider_id."),
    KEY,
    Param("base_url", "string", "Another address that speaks the same protocol."),
    Param("project", "string", "Only for this project.", rule=check_name),
    Param("extra_config", "object", "Other settings, as the provider knows them."),
    verb="providers add",
    live=True,
)
async def add_provider(
    gateway: Gateway,
    provider_id: str,
    provider_type: str | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
    project: str | None = None,
    extra_config: dict[str, object] | None = None,
    only: str | None = None,
) -> Record:
    """Add a provider or change one that was added; the file's own stay as they are."""
    kind = provider_type or provider_id
    entry = get_provider(kind)
    if kind != provider_id and provider_id in PROVIDERS and PROVIDERS[provider_id].engine:
        raise BadRequest(f'"{provider_id}" is an engine of this machine; take another name.', param="provider_id")
    held = plain_record(await database(gateway).get_managed_provider(provider_id))
    if held and held.get("project") != project:
        if only is not None and held.get("project") not in (None, only):
            raise Forbidden(
                f'"{provider_id}" is a provider of another project; take another name.', code="other_project"
            )
        if owner := held.get("project"):
            message = (
                f'"{provider_id}" is a provider of the project {owner} already; take another name, or remove that one '
                "first."
            )
        else:
            message = (
                f'"{provider_id}" is a provider of every project already; take another name, or remove that one first.'
            )
        raise BadRequest(message, param="provider_id")
    if not project and provider_id in gateway.file_config.providers:
        raise BadRequest(
            f"providers.{provider_id} is written in {gateway.config.path}, and the file wins; change it there."
        )
    if base_url is None:
        # a project's own settings are laid over the general ones
        if entry.own_server and not (project and gateway.provider_settings(kind).get("base_url")):
            raise BadRequest(
                f"providers.{provider_id}.base_url is missing; write the server's address.", param="base_url"
            )
    else:
        if not takes_address(kind, kind != provider_id):
            raise BadRequest(
                f'{kind} runs on this machine and takes no "base_url"; add a server elsewhere with the type '
                f"{' or '.join(name for name, other in PROVIDERS.items() if other.own_server)}.",
                param="base_url",
            )
        if base_url.partition("://")[0].lower() not in entry.schemes or "://" not in base_url:
            schemes = " or ".join(f"{scheme}://" for scheme in entry.schemes)
            raise BadRequest(f'"base_url" is "{base_url}"; for {kind} it must start with {schemes}.', param="base_url")
        if why := problem(base_url):
            raise BadRequest(f'"base_url" cannot be used. {why}', param="base_url", code="refused_address")
    extra = extra_config or {}
    row = {"provider_id": provider_id, "provider_type": kind, "base_url": base_url, "project": project}
    await try_row(gateway, "provider", {**row, "extra_config": extra})
    await database(gateway).upsert_managed_provider(
        provider_id, kind, None, base_url=base_url, extra_config=extra, project=project
    )
    await gateway.refresh_config()
    name = called(provider_id, kind, base_url, project)
    if api_key:
        await gateway.provider_keys.put(name, api_key, project, base_url=base_url)
    return {
        "provider": await _with_key(gateway, _for_project(gateway, name, project) or _known(gateway, name)),
        "project": project,
        "note": gateway.provider_keys.withheld(name, project),
    }


@operation(
    "set_provider_key",
    "PATCH",
    "/v1/providers/{provider_id}",
    ID,
    Param("api_key", "string", "The new key.", required=True, secret=True),
    Param("project", "string", "Only for this project."),
    verb="providers key",
    live=True,
)
async def set_provider_key(
    gateway: Gateway, provider_id: str, api_key: str, project: str | None = None, only: str | None = None
) -> Record:
    """Keep a provider's key in the keychain or the sealed file."""
    entry = _for_project(gateway, provider_id, project) or _known(gateway, provider_id, only)
    name, owner = entry["name"], project or entry["project"]
    await gateway.provider_keys.put(name, api_key, owner)
    written = gateway.provider_settings(name, owner).get("api_key")
    note = f"{gateway.config.path} also sets this key, and the file wins." if written else None
    return {"provider": await _with_key(gateway, entry), "note": note}


@operation(
    "delete_provider",
    "DELETE",
    "/v1/providers/{provider_id}",
    ID,
    verb="providers delete",
    destructive=True,
    live=True,
)
async def delete_provider(gateway: Gateway, provider_id: str, confirm: bool = False, only: str | None = None) -> Record:
    """Forget a provider that was added, and its stored key."""
    listed = map(plain_record, await database(gateway).list_managed_providers())
    rows = {str(row["provider_id"]): row for row in listed}
    if only is not None:
        rows = {name: row for name, row in rows.items() if row.get("project") in (None, only)}
    if provider_id not in rows:
        # as lists show a server of one project
        listed_as = (p["name"] for p in gateway.list_providers(only) if p["project"] and p["id"] == provider_id)
        provider_id = next(listed_as, provider_id)
    row = rows.get(provider_id, {})
    owner = row.get("project")
    project = str(owner) if owner else None
    name = called(provider_id, str(row["provider_type"]), row.get("base_url"), project) if project else provider_id
    stored = gateway.provider_keys.stored(name, project)
    if provider_id not in rows and not stored:
        raise NotFound(f'No added provider is named "{provider_id}".{did_you_mean(provider_id, rows)}')
    if not confirm:
        with_key = f'forget the provider "{provider_id}" and its stored key'
        return preview(with_key if stored else f'forget the provider "{provider_id}"')
    if provider_id in rows:
        await database(gateway).delete_managed_provider(provider_id)
    await gateway.provider_keys.drop(name, project)
    await gateway.refresh_config()
    return {"deleted": provider_id}


def _for_project(gateway: Gateway, name: str, project: str | None) -> ProviderEntry | None:
    """The server of that name that only the project has."""
    return next((p for p in gateway.list_providers() if project and (p["name"], p["project"]) == (name, project)), None)


def _known(gateway: Gateway, provider_id: str, only: str | None = None) -> ProviderEntry:
    """The entry of an id; the name alone does for a server that one project has, where no other is called so."""
    listed = gateway.list_providers(only)
    entries = {p["id"]: p for p in listed}
    named = [p for p in listed if p["name"] == provider_id]
    if provider_id in entries or len(named) == 1:
        return entries.get(provider_id) or named[0]
    raise NotFound(f'There is no provider "{provider_id}".{did_you_mean(provider_id, entries)}', param="provider_id")


async def _with_key(gateway: Gateway, entry: ProviderEntry) -> Record:
    if get_provider(entry["provider"]).env is None:
        return {**entry}
    name, project = entry["name"], entry["project"]
    try:
        key = await gateway.provider_key(name, project)
    except SecretsLocked as error:
        return {**entry, "api_key": None, "key_locked": error.message}
    return {
        **entry,
        "configured": bool(key) or entry["configured"],
        "api_key": mask(key) if key else None,
        "note": gateway.provider_keys.withheld(name, project),
    }
