"""How far a request's data may travel: a target can only be opened with a permit, and only the policy makes permits."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, final
from urllib.parse import urlsplit

from voicegw_desktop.config.schema import ProjectConfig, ProviderConfig
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import EgressDenied
from voicegw_desktop.core.events import EgressRecorded, EventBus
from voicegw_desktop.core.ports import Target, Zone
from voicegw_desktop.core.registry import PROVIDERS, takes_address
from voicegw_desktop.core.zones import farther, zone_of_url
from voicegw_desktop.routing.memo import Configured

if TYPE_CHECKING:
    from voicegw_desktop.config.load import AnyConfig

EGRESS_KEPT = 2000  # entries in memory
EGRESS_EVERY = 2.0  # s between two lines about a stream under way: what a kill may leave uncounted


def provider_config(config: AnyConfig, provider: str, project: str | None) -> ProviderConfig | None:
    """The provider's section as `project` sees it: its own settings laid over the general ones."""
    general = config.providers.get(provider)
    own = config.projects[project].providers.get(provider) if project in config.projects else None
    if own is None or general is None:
        return own or general
    given = {name: getattr(own, name) for name in own.model_fields_set if getattr(own, name) not in (None, "")}
    return general.model_copy(update=given)


def project_name(provider: str, project: str | None) -> str:
    """How lists call a provider that only `project` has; None: all have it."""
    return f"{provider} ({project})" if project else provider


def account_of(config: AnyConfig, provider: str, project: str) -> str | None:
    """`project` when it has settings of its own for this provider."""
    entry = config.projects.get(project)
    return project if entry is not None and provider in entry.providers else None


def address_of(config: AnyConfig, provider: str, account: str | None) -> str | None:
    """The configured address of a provider; None: its own well-known one, or a worker here."""
    section = provider_config(config, provider, account)
    if section is not None and section.base_url and takes_address(section.type or provider, section.type is not None):
        return section.base_url
    address: str | None = getattr(config.engines.of(provider), "base_url", None)
    return address


def zone_of(config: AnyConfig, provider: str, account: str | None = None) -> Zone:
    """Where a provider's data goes: its `zone` setting, else its address, else what kind of provider it is."""
    section = provider_config(config, provider, account)
    if section is not None and section.zone is not None:
        return Zone(section.zone)
    address = address_of(config, provider, account)
    if address:
        return zone_of_url(address)
    kind = (section.type if section is not None else None) or provider
    entry = PROVIDERS.get(kind)
    # a provider that only says it is on this machine is not believed: workers and servers started here are
    return Zone.LOCAL if entry is not None and entry.engine else Zone.CLOUD


@lru_cache(maxsize=256)
def _host(address: str) -> str:
    return (urlsplit(address if "//" in address else f"//{address}").netloc or address).rpartition("@")[2]


def host_of(config: AnyConfig, target: Target) -> str:
    """Where a target's data goes, as far as the configuration tells: its address, else its provider's name."""
    address = address_of(config, target.provider, target.account)
    return _host(address) if address else target.provider


_SEAL = object()


@final
class Cleared:
    """A target this request may be sent to: made by `EgressPolicy.clear` only, and all that a backend opens with."""

    __slots__ = ("asked", "host", "project", "target")
    target: Target
    project: str
    asked: Zone
    """The zone the request asked for, or that its first target lies in when that is nearer."""
    host: str

    def __init__(self, seal: object, target: Target, project: str, asked: Zone, host: str) -> None:
        if seal is not _SEAL:
            raise TypeError("Cleared comes from EgressPolicy.clear only")
        for name, value in (("target", target), ("project", project), ("asked", asked), ("host", host)):
            object.__setattr__(self, name, value)

    def __init_subclass__(cls, **kwargs: Any) -> NoReturn:
        raise TypeError("Cleared cannot be extended")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Cleared does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("Cleared does not change")

    def __reduce__(self) -> NoReturn:
        raise TypeError("Cleared cannot be copied or stored; ask the policy again")

    def __repr__(self) -> str:
        return f"<cleared {self.target} ({self.target.zone}) for {self.project}>"


class EgressPolicy(Configured[tuple[Target, str, Zone], Cleared]):
    """Decides how far data may travel: offline mode, the project's `egress` limit, and `allow_local_to_cloud`."""

    def __init__(self, config: AnyConfig, offline: Callable[[], bool]) -> None:
        super().__init__(config)
        self._offline = offline

    def clear(self, target: Target, *, project: str, asked: Zone) -> Cleared:
        """Permit `target` for a request of `project` that asked for a target in `asked`; raises EgressDenied.

        The zone is taken from the configuration, never from what the caller wrote into the target.
        """
        key = (target, project, asked)
        known = self._memo.get(key)
        if known is not None and (known.target.zone is Zone.LOCAL or not self._offline()):
            return known
        return self._memo.keep(key, self._judge(target, project, asked))

    def clear_address(self, what: str, url: str, project: str = "") -> Cleared:
        """Permit a message about `project` (empty: about all of them) to an address of the configuration.

        `what` names it in the log of what left this machine. Raises EgressDenied.
        """
        zone, host = zone_of_url(url), _host(url)
        if self._offline() and zone is not Zone.LOCAL:
            raise EgressDenied(f"{host} is not on this machine ({zone}) and offline mode is on.")
        rules = self.config.projects.get(project) or ProjectConfig()
        if farther(zone, Zone(rules.egress)):
            raise EgressDenied(
                f"{host} lies in the zone {zone}; project {project} may send data no farther than {rules.egress}. "
                f"Change projects.{project}.egress, or choose a nearer address."
            )
        return Cleared(_SEAL, Target(what, host, zone=zone), project, zone, host)

    def _judge(self, target: Target, project: str, asked: Zone) -> Cleared:
        zone = zone_of(self.config, target.provider, target.account)
        rules = self.config.projects.get(project) or ProjectConfig()
        if self._offline() and zone is not Zone.LOCAL:
            raise EgressDenied(
                f"{target} is not on this machine ({zone}) and offline mode is on. Turn routing.offline off, or map "
                "the name to a local target under routing.<modality>.offline."
            )
        if farther(zone, Zone(rules.egress)):
            raise EgressDenied(
                f"{target} lies in the zone {zone}; project {project} may send data no farther than {rules.egress}. "
                f"Change projects.{project}.egress, or choose a nearer target."
            )
        if zone is Zone.CLOUD and farther(zone, asked) and not rules.allow_local_to_cloud:
            raise EgressDenied(
                f"The request asked for a {asked} target, and {target} is in the cloud. Set "
                f"projects.{project}.allow_local_to_cloud: true to let such requests leave."
            )
        host = host_of(self.config, target)
        return Cleared(_SEAL, target if target.zone is zone else replace(target, zone=zone), project, asked, host)


@dataclass
class EgressLog:
    """What left this machine, oldest first, and an event for each line; `keep` stores them beyond this process."""

    bus: EventBus
    clock: Clock
    keep: Callable[[EgressRecorded], None] | None = None
    kept: ClassVar[int] = EGRESS_KEPT

    def __post_init__(self) -> None:
        self._entries: dict[str, EgressRecorded] = {}

    @property
    def entries(self) -> list[EgressRecorded]:
        """The entries in memory, with their present counts."""
        return list(self._entries.values())

    def entry(self, cleared: Cleared, request: str, modality: str) -> EgressEntry:
        """The account of what a request sends to `cleared`; there is no entry until something left."""
        return EgressEntry(self, cleared, request, modality)

    def refused(self, target: str, project: str, request: str, modality: str, to: str) -> None:
        """Write down a redirect to `to` (`scheme://host`), or a DNS answer (`//address`), that was not followed."""
        self.note(target, project, modality, _host(to), zone_of_url(to), request=request, refused=True)

    def download(self, project: str, model: str, host: str, zone: Zone, refused: bool) -> None:
        """Write down a connection for a model's files; `refused`: only a redirect named that host."""
        self.note(model, project, "pull", host.rpartition("@")[2], zone, refused=refused)

    def note(
        self,
        target: str,
        project: str,
        modality: str,
        host: str,
        zone: Zone,
        *,
        request: str = "",
        refused: bool = False,
    ) -> None:
        """Write down a connection that is no run's: a question, a download. Those to this machine leave no entry."""
        if zone is Zone.LOCAL and not refused:
            return
        number = uuid.uuid4().hex
        self.put(
            EgressRecorded(
                at=self.clock.time(),
                request=request or number,
                target=target,
                host=host or "unknown",
                zone=zone.value,
                project=project,
                modality=modality,
                id=number,
                refused=refused,
            )
        )

    def put(self, entry: EgressRecorded) -> None:
        """Write down an entry, or how it stands by now."""
        self._entries[entry.id] = entry
        if len(self._entries) > self.kept:
            del self._entries[next(iter(self._entries))]
        if self.keep is not None:
            self.keep(entry)
        self.bus.publish(entry)


class EgressEntry:
    """One entry of the log while its stream is under way. It is written before the first byte leaves, then from time
    to time, so that a killed program has said what it sent; local targets leave none."""

    __slots__ = ("_bytes", "_cleared", "_entry", "_log", "_modality", "_request", "_seconds", "_timer")

    def __init__(self, log: EgressLog, cleared: Cleared, request: str, modality: str) -> None:
        self._log, self._cleared, self._request, self._modality = log, cleared, request, modality
        self._bytes, self._seconds = 0, 0.0
        self._entry: EgressRecorded | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, sent_bytes: int, sent_s: float = 0.0) -> None:
        """Add what is sent now to the entry, in bytes and seconds of audio; more may follow."""
        if self._cleared.target.zone is Zone.LOCAL:
            return
        self._bytes += sent_bytes
        self._seconds += sent_s
        if self._entry is None:
            self._write(finished=False)
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EGRESS_EVERY, self._write, False)

    def finish_with(self, sent_bytes: int) -> None:
        """Add what is sent now, in one piece, and close the entry."""
        if self._cleared.target.zone is not Zone.LOCAL:
            self._bytes += sent_bytes
            self._write(finished=True)

    def close(self) -> None:
        """Close the entry: nothing more is sent. Idempotent."""
        if self._entry is not None and not self._entry.finished:
            self._write(finished=True)

    def _write(self, finished: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        before, target = self._entry, self._cleared.target
        self._entry = EgressRecorded(
            at=before.at if before is not None else self._log.clock.time(),
            request=self._request,
            target=str(target),
            host=self._cleared.host,
            zone=target.zone.value,
            project=self._cleared.project,
            modality=self._modality,
            sent_bytes=self._bytes,
            sent_s=round(self._seconds, 6),
            id=before.id if before is not None else uuid.uuid4().hex,
            finished=finished,
        )
        self._log.put(self._entry)
