"""The OS keychain through `keyring`: calls have a time limit; locked and absent are distinguished."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import secrets
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from voicegw_desktop.core.errors import ConfigError, SecretsLocked

SERVICE = "voicegateway"
NAMES = "__names__"
PROBE = "probe"
CALL_LIMIT = 2.0  # s the keychain may take to answer when it shows no prompt
TRUSTED = ("macOS", "Windows", "SecretService", "kwallet", "libsecret")
"""Modules of `keyring.backends` that encrypt; the others keep secrets in clear or nowhere."""
REFUSALS = ("PasswordSetError", "PasswordDeleteError")
"""Errors of `keyring` about one secret, which say nothing about the keychain."""

OPEN, LOCKED, WAITING, ABSENT = "open", "locked", "waiting", "absent"
SENTENCES = {
    LOCKED: "The keychain is locked, so the keys in it cannot be used.",
    WAITING: "The keychain does not answer; it may be asking for its password.",
    ABSENT: "The keychain that keeps the keys of this profile cannot be reached.",
}
"""What people are told of each state but `open`."""
ADVICE = {
    LOCKED: "`voicegw secrets unlock` asks for its password.",
    WAITING: "Answer its prompt, or dismiss it.",
    ABSENT: "Start the program in the desktop session that has the keychain, or keep other keys in a file from now on:"
    " `voicegw secrets move --to file --leave-locked --yes`.",
}
"""The next step in each of them, for the command line."""

T = TypeVar("T")


class Backend(Protocol):
    """The part of a `keyring` backend that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class LimitedCalls:
    """Runs one call at a time, each in a daemon thread, so that a call that never returns blocks no caller and no exit.

    While one call is late, the next ones fail at once instead of waiting for it.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._late: concurrent.futures.Future[Any] | None = None

    @property
    def late(self) -> bool:
        """Whether a call has passed its limit and has not returned yet."""
        return self._late is not None and not self._late.done()

    def run(
        self, work: Callable[[], T], limit: float, after: Callable[[concurrent.futures.Future[T]], object] | None = None
    ) -> T:
        """The result of `work()`. TimeoutError after `limit` seconds; the call goes on and `after` gets its end."""
        if not self._turn.acquire(timeout=0 if self.late else limit):
            raise TimeoutError
        outcome: concurrent.futures.Future[T] = concurrent.futures.Future()

        def call() -> None:
            try:
                result = work()
            except BaseException as error:
                self._turn.release()
                outcome.set_exception(error)
            else:
                self._turn.release()
                outcome.set_result(result)

        threading.Thread(target=call, name="voicegw-keychain", daemon=True).start()
        concurrent.futures.wait([outcome], limit)
        if outcome.done():
            return outcome.result(0)
        self._late = outcome
        if after is not None:
            outcome.add_done_callback(after)
        raise TimeoutError


class Keychain:
    """The keychain of the OS as a vault. SecretsLocked when it is locked, does not answer or cannot be reached."""

    kind = "keychain"

    def __init__(
        self,
        find: Callable[[], Backend | None] | None = None,
        peek: Callable[[Backend], str | None] | None = None,
        limit: float = CALL_LIMIT,
    ) -> None:
        """`find` gives the backend and `peek` its state without a prompt, or None; `limit` in seconds for one call."""
        self._find = find or find_backend
        self._peek = peek or peek_at
        self._limit = limit
        self._calls = LimitedCalls()
        self._backend: Backend | None = None
        self._state = OPEN
        self.changed: Callable[[], object] = lambda: None
        """Called, in any thread, when `state` has changed."""

    @property
    def state(self) -> str:
        """What the last call met: `open`, `locked`, `waiting` (no answer yet) or `absent`."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        before, self._state = self._state, state
        if state != before:
            self.changed()

    @property
    def description(self) -> str:
        """One sentence for people."""
        if self.state != OPEN:
            return SENTENCES[self.state]
        name = type(self._backend).__module__.rpartition(".")[2] if self._backend else "not asked yet"
        return f"Secrets are kept in the OS keychain ({name})."

    # -- the vault ----------------------------------------------------------------------------------------------------

    def read(self, name: str) -> str | None:
        return self._call(lambda backend: backend.get_password(SERVICE, name))

    def write(self, name: str, value: str) -> None:
        def work(backend: Backend) -> None:
            backend.set_password(SERVICE, name, value)
            _list(backend, {*_listed(backend), name})

        self._call(work)

    def remove(self, name: str) -> None:
        def work(backend: Backend) -> None:
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)
            _list(backend, _listed(backend) - {name})

        self._call(work)

    def names(self) -> list[str]:
        return sorted(self._call(_listed))

    # -- its state ----------------------------------------------------------------------------------------------------

    def holds(self) -> list[str] | None:
        """The names of what lies there, also while it is locked; None where that cannot be told without a prompt."""
        try:
            return self.names()
        except SecretsLocked:
            if self.state != LOCKED:
                return None
        try:
            return self._call(_held_while_locked, even_locked=True)
        except SecretsLocked:
            return None
        finally:
            # an answer about locked items does not open them
            self.state = LOCKED

    def keeps(self) -> bool:
        """Whether a secret that is written comes back; False where there is no keychain. SecretsLocked when locked."""
        value = secrets.token_hex(8)

        def work(backend: Backend) -> bool:
            backend.set_password(SERVICE, PROBE, value)
            same = backend.get_password(SERVICE, PROBE) == value
            backend.delete_password(SERVICE, PROBE)
            return same

        try:
            return self._call(work)
        except ConfigError:
            return False
        except SecretsLocked:
            if self.state == ABSENT:
                return False
            raise

    def unlock(self, limit: float) -> str:
        """Let the keychain ask the person, and wait `limit` seconds for the answer; the state then."""

        def work(backend: Backend) -> None:
            backend.get_password(SERVICE, NAMES)

        try:
            self._call(work, limit, even_locked=True)
        except SecretsLocked:
            pass
        return self.state

    def _call(self, work: Callable[[Backend], T], limit: float | None = None, *, even_locked: bool = False) -> T:
        def guarded() -> T:
            backend = self._backend or self._find()
            found = ABSENT if backend is None else self._peek(backend)
            if found is None:
                # a person who refused once is not asked at every request: that could show a prompt each time
                found = LOCKED if self.state == LOCKED else OPEN
            self._backend = None if found == ABSENT else backend
            if backend is None or found == ABSENT or (found == LOCKED and not even_locked):
                raise _Met(found)
            return work(backend)

        try:
            result: T = self._calls.run(guarded, self._limit if limit is None else limit, self._ended)
        except TimeoutError:
            self.state = WAITING
        except Exception as error:
            if type(error).__name__ in REFUSALS:
                raise ConfigError(f"The keychain did not take the secret: {error}.") from error
            self.state = _state_after(error)
        else:
            self.state = OPEN
            return result
        raise SecretsLocked(f"{SENTENCES[self.state]} {ADVICE[self.state]}")

    def _ended(self, late: concurrent.futures.Future[Any]) -> None:
        error = late.exception()
        self.state = OPEN if error is None else _state_after(error)


class _Met(Exception):
    """The keychain was found in this state, and was not asked."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def _state_after(error: BaseException) -> str:
    # platforms raise errors of different kinds for a prompt that was dismissed and for a refusal
    return error.state if isinstance(error, _Met) else LOCKED


def _listed(backend: Backend) -> set[str]:
    # keychains cannot be listed through keyring, so the names are kept as one more entry
    return {str(name) for name in json.loads(backend.get_password(SERVICE, NAMES) or "[]")}


def _list(backend: Backend, names: set[str]) -> None:
    backend.set_password(SERVICE, NAMES, json.dumps(sorted(names)))


def _held_while_locked(backend: Backend) -> list[str] | None:
    """The Secret Service tells the attributes of locked items; other keychains tell nothing."""
    if not _secret_service(backend):
        return None
    import secretstorage

    with contextlib.closing(secretstorage.dbus_init()) as connection:
        found = secretstorage.search_items(connection, {"service": SERVICE})
        return sorted({item.get_attributes().get("username", "") for item in found} - {"", NAMES, PROBE})


def _secret_service(backend: Backend) -> bool:
    return type(backend).__module__.endswith(".SecretService")


def find_backend() -> Backend | None:
    """The backend that the person chose for `keyring`, or the platform's own; None when none of them encrypts."""
    try:
        import keyring
        import keyring.backend
        import keyring.core
    except Exception:
        return None
    first = keyring.get_keyring()
    candidates = [first, *getattr(first, "backends", ())]
    if not (keyring.core.load_env() or keyring.core.load_config()):
        # looked for at each call: `get_keyring` keeps saying that there is none after a keychain has started
        viable = [kind for kind in keyring.backend.KeyringBackend.get_viable_backends() if _trusted(kind)]
        candidates += [kind() for kind in sorted(viable, key=lambda kind: float(kind.priority), reverse=True)]
    return next((backend for backend in candidates if _trusted(type(backend))), None)


def _trusted(kind: type) -> bool:
    room, _, module = kind.__module__.rpartition(".")
    return room == "keyring.backends" and module in TRUSTED


def peek_at(backend: Backend) -> str | None:
    """The state of the keychain without a prompt: the Secret Service tells it; None where it cannot be told."""
    if not _secret_service(backend):
        return None
    import secretstorage

    try:
        connection = secretstorage.dbus_init()
    except secretstorage.SecretStorageException:
        return ABSENT
    try:
        return LOCKED if secretstorage.Collection(connection).is_locked() else OPEN
    except secretstorage.ItemNotFoundException:
        # no keyring was made yet: to make one, it asks for a password
        return LOCKED
    except secretstorage.SecretStorageException:
        return ABSENT
    finally:
        connection.close()
