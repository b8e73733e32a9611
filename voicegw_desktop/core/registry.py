"""Every engine and provider as data, found by its descriptor.

Reading it imports no provider class and no provider's package.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
from collections.abc import Iterator, Mapping
from typing import Any

from voicegw_desktop.core import extensions, packs
from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.errors import ModelResolutionError, did_you_mean

BUILT_IN = "voicegw_desktop.descriptors"
NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"keep_alive", "memory_limit", "cores", "models_folder", "of", "sections"})
"""Names below `engines` that no engine can have."""
ENGINE_FIELDS = ("enabled", "keep_alive", "threads", "device", "compute_type", "preload")
"""What every section `engines.<name>` has."""


class Providers(Mapping[str, Descriptor]):
    """Every engine and provider by name: this program's own, then those of installed packages. Read at the first use.

    A declaration of an installed package that cannot be used is left out and told in `problems`; `doctor` shows it.
    """

    def __init__(self) -> None:
        self._found: dict[str, Descriptor] = {}
        self._read = False
        self._problems: list[str] = []

    def _all(self) -> dict[str, Descriptor]:
        if not self._read:
            self._read = True
            package = importlib.import_module(BUILT_IN)
            for module in pkgutil.iter_modules(package.__path__):
                own: Descriptor = importlib.import_module(f"{BUILT_IN}.{module.name}").DESCRIPTOR
                self._found[own.name] = own
            added, self._problems = extensions.load(Descriptor, extensions.ENGINES, extensions.PROVIDERS)
            for where, one in added:
                why = self._refusal(one)
                if why:
                    self._problems.append(f"{where} cannot be used: {why}. Update or remove its package.")
                else:
                    self._found[one.name] = one
        return self._found

    def _refusal(self, one: Descriptor) -> str:
        """Why a package's declaration cannot be used; empty when it can."""
        if not NAME.fullmatch(one.name) or one.name in RESERVED:
            return f'"{one.name}" is no name for an engine or provider; write lower-case letters, digits and _'
        if one.name in self._found:
            return f'there is a provider "{one.name}" already'
        if one.options is not None and not set(ENGINE_FIELDS) <= set(getattr(one.options, "model_fields", ())):
            return "its options are no subclass of voicegw_desktop.config.engine.EngineConfig"
        return ""

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each declaration of an installed package that is left out."""
        self._all()
        return tuple(self._problems)

    def __getitem__(self, name: str) -> Descriptor:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


PROVIDERS = Providers()


def any_address() -> str | None:
    """The kind that serves a provider of an unknown name with an address."""
    return next((name for name, entry in PROVIDERS.items() if entry.any_address), None)


def called(name: str, kind: str, base_url: object, project: object) -> str:
    """What requests call an added provider. A project's provider is an account of its kind, such as openai; a server of
    one's own at an address keeps its name."""
    entry = PROVIDERS.get(kind)
    if not project or (base_url and entry is not None and (entry.own_server or entry.engine)):
        return name
    return kind


def takes_address(kind: str, named: bool) -> bool:
    """Whether `base_url` has a meaning for a provider of this kind; `named`: it has a name of its own beside it.

    A worker of this machine has no address. Where it serves OpenAI's form, so do servers of its kind elsewhere.
    """
    entry = PROVIDERS.get(kind)
    return entry is None or entry.worker is None or (named and entry.worker.http)


def resolve(reference: str) -> Any:
    """The object that `module:name` names. Raises ImportError or AttributeError."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def get_provider(name: str, type: str | None = None) -> Descriptor:
    """The entry for `name`, or for `type` when a provider of one's own has one; ModelResolutionError if unknown."""
    kind = type or name
    entry = PROVIDERS.get(kind)
    if entry is None:
        hint = did_you_mean(kind, PROVIDERS)
        raise ModelResolutionError(
            f'There is no provider "{kind}".{hint} Known: {", ".join(sorted(PROVIDERS))}.', code="unknown_provider"
        )
    return entry


def installed(entry: Descriptor) -> bool:
    """Whether its package can be imported, by workers at least; looks, does not import it."""
    if entry.package is None:
        return True
    from importlib.util import find_spec

    try:
        if find_spec(entry.package) is not None:
            return True
    except (ImportError, ValueError):
        pass
    return packs.holds(entry.package)


def create_provider(name: str, config: Mapping[str, Any] | None = None) -> Any:
    """Import and construct a provider with its settings.

    ModelResolutionError for an unknown name; ImportError with the pip command when its package is missing.
    """
    settings = dict(config or {})
    entry = get_provider(name, settings.get("type"))
    try:
        cls = resolve(entry.cls)
        if not installed(entry):
            raise ImportError(entry.package)
        if not cls.name:
            # one class serves several engines, as providers.local does
            cls = type(cls.__name__, (cls,), {"name": entry.name})
        made = cls(settings)
        made.called = name
        return made
    except ImportError as error:
        reason = entry.install_hint or str(error)
        raise ImportError(f'The provider "{name}" needs a package that is not installed. {reason}') from error


def env_key(name: str, type: str | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """The provider's key from `<PROVIDER>_API_KEY`, or None."""
    env = os.environ if environ is None else environ
    variable = env_key_variable(name, type, env)
    return env[variable] if variable else None


def env_key_variable(name: str, type: str | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """The variable that holds the provider's key, or None when none is set."""
    env = os.environ if environ is None else environ
    names = [f"{name.upper().replace('-', '_')}_API_KEY"]
    entry = PROVIDERS.get(type or name)
    if entry and entry.env and not (type and type != name):
        names.append(entry.env)
    return next((n for n in names if env.get(n)), None)
