"""Starting a version for the first time, and going back when it does not serve: with programs that stand in for it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.pack_releases import FITS, carried
from tests.support.releases import program_folder
from voicegw_desktop.core import packs
from voicegw_desktop.core.paths import Paths, paths_below
from voicegw_desktop.updates import fallback, state
from voicegw_desktop.updates.launch import HEALTH_VARIABLE

pytestmark = [
    pytest.mark.process,
    pytest.mark.fault,
    pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are scripts"),
]


class Machine:
    """A user's profile with an installed version 9.0.0 and its updates."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.paths: Paths = paths_below(home)
        self.folder = state.folder_of(self.paths)
        self.base = program_folder(home / "installed", "9.0.0", "serve")
        self.started: list[subprocess.Popen[str]] = []

    def stage(self, version: str, behaviour: str, **facts: object) -> None:
        """Write a checked version to the folder, as `Updates.install` does."""
        program_folder(self.folder / version, version, behaviour)
        with state.changed(self.folder) as now:
            now.next, now.tries = version, 0
            for name, value in facts.items():
                setattr(now, name, value)

    @property
    def state(self) -> state.State:
        return state.read(self.folder)

    def start(self, *arguments: str, program: Path | None = None, health: float = 60) -> subprocess.Popen[str]:
        environment = {**os.environ, "VOICEGW_HOME": str(self.home), HEALTH_VARIABLE: str(health)}
        child = subprocess.Popen(
            [str(program or self.base), *arguments], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.started.append(child)
        return child

    def run(self, *arguments: str, program: Path | None = None, health: float = 60) -> tuple[int, list[str], str]:
        """Status, lines and errors of one start."""
        child = self.start(*arguments, program=program, health=health)
        # its standard input stays open: a version that hangs waits for the end of that
        child.wait(100)
        out, errors = child.communicate()
        return child.returncode, out.splitlines(), errors


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    for child in made.started:
        child.kill()
        child.communicate()


def test_a_version_that_serves_takes_the_place_of_the_old_one(machine: Machine) -> None:
    assert machine.run("serve") == (0, ["runs 9.0.0", "serves 9.0.0"], "")
    machine.stage("9.1.0", "serve")
    # another command does not try it, since it could not show that it works
    assert machine.run("costs")[1][0] == "runs 9.0.0"
    assert machine.run("serve") == (0, ["runs 9.1.0", "serves 9.1.0"], "")
    assert (machine.state.current, machine.state.next, machine.state.tries) == ("9.1.0", "", 0)
    # from then on every command runs in it
    assert machine.run("--version")[1] == ["voicegw 9.1.0"]
    # the next update is begun by the version that runs, too; the one before it stays, older ones go
    machine.stage("9.2.0", "serve")
    assert machine.run("serve", program=machine.folder / "9.1.0" / "voicegw")[1] == ["runs 9.2.0", "serves 9.2.0"]
    machine.stage("9.3.0", "serve")
    assert machine.run("serve")[1] == ["runs 9.3.0", "serves 9.3.0"]
    assert sorted(p.name for p in machine.folder.iterdir() if p.is_dir()) == ["9.2.0", "9.3.0"]


@pytest.mark.parametrize(("behaviour", "why"), [("crash", "ended with status 3"), ("hang", "did not serve within")])
def test_a_version_that_does_not_serve_is_taken_back(machine: Machine, behaviour: str, why: str) -> None:
    machine.stage("9.1.0", behaviour)
    status, lines, errors = machine.run("serve", health=60 if behaviour == "crash" else 1)
    # the old one serves in its place, in the same call
    assert (status, lines[-2:]) == (0, ["runs 9.0.0", "serves 9.0.0"])
    assert why in errors
    assert why in machine.state.refused["9.1.0"]
    assert (machine.state.current, machine.state.next) == ("", "")
    assert not (machine.folder / "9.1.0").exists()
    assert machine.run("serve") == (0, ["runs 9.0.0", "serves 9.0.0"], "")


def test_the_version_before_an_update_that_fails_may_be_an_update(machine: Machine) -> None:
    machine.stage("9.1.0", "serve")
    machine.run("serve")
    machine.stage("9.2.0", "crash")
    assert machine.run("serve")[1] == ["runs 9.2.0", "runs 9.1.0", "serves 9.1.0"]
    # a base that was moved is found, too
    assert machine.state.base == str(machine.base.parent)


def schema(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize(("behaviour", "left"), [("migrate crash", 7), ("migrate serve", 99)])
def test_the_database_goes_back_with_the_version(machine: Machine, behaviour: str, left: int) -> None:
    database = machine.paths.database
    database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE kept (a)")
        connection.execute("INSERT INTO kept VALUES (5)")
        connection.execute("PRAGMA user_version = 7")
        connection.commit()
    machine.stage("9.1.0", behaviour, database=str(database))
    machine.run("serve")
    assert schema(database) == left
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT a FROM kept").fetchall() == [(5,)]
    # the copy holds transcripts and costs: it is removed
    assert list(machine.folder.glob("*.db")) == []


def test_a_stop_while_it_is_tried_is_no_verdict(machine: Machine) -> None:
    machine.stage("9.1.0", "hang")
    child = machine.start("serve")
    assert child.stdout is not None
    assert child.stdout.readline() == "runs 9.1.0\n"
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 7
    assert (machine.state.next, machine.state.tries, machine.state.refused) == ("9.1.0", 0, {})
    # the next start tries it again
    (machine.folder / "9.1.0" / "behaviour").write_text("serve")
    assert machine.run("serve")[1] == ["runs 9.1.0", "serves 9.1.0"]


def test_a_program_killed_while_it_tries_does_not_try_for_ever(machine: Machine) -> None:
    machine.stage("9.1.0", "hang")
    for _ in range(2):
        child = machine.start("serve")
        assert child.stdout is not None
        assert child.stdout.readline() == "runs 9.1.0\n"
        child.kill()
        child.communicate()
    assert machine.run("serve")[1] == ["runs 9.0.0", "serves 9.0.0"]
    assert "did not serve in 2 starts" in machine.state.refused["9.1.0"]


def test_a_signal_reaches_a_version_that_serves(machine: Machine) -> None:
    machine.stage("9.1.0", "stay")
    child = machine.start("serve")
    assert child.stdout is not None
    assert [child.stdout.readline(), child.stdout.readline()] == ["runs 9.1.0\n", "serves 9.1.0\n"]
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 7
    assert machine.state.current == "9.1.0"


def test_the_real_gateway_confirms_itself_when_it_serves(machine: Machine) -> None:
    machine.stage("9.1.0", "real")
    child = machine.start("serve", "--port", "0")
    assert child.stdout is not None
    assert child.stdout.readline().startswith("VoiceGateway serves http://127.0.0.1:")
    assert (machine.state.current, machine.state.next) == ("9.1.0", "")
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 0
    assert machine.run("--version")[1] == ["voicegw 9.1.0"]


def test_nothing_is_tried_beside_a_gateway_that_runs(machine: Machine) -> None:
    machine.stage("9.1.0", "serve")
    machine.paths.socket.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(machine.paths.socket))
        listening.listen()
        assert machine.run("serve")[1] == ["runs 9.0.0", "serves 9.0.0"]
    assert (machine.state.next, machine.state.tries) == ("9.1.0", 0)


def test_an_installer_that_is_newer_overtakes_updates(machine: Machine) -> None:
    machine.stage("9.1.0", "serve")
    machine.run("serve")
    machine.stage("9.2.0", "serve")
    newer = program_folder(machine.home / "installed-again", "9.2.0", "serve")
    assert machine.run("serve", program=newer)[1] == ["runs 9.2.0", "serves 9.2.0"]
    assert (machine.state.current, machine.state.next, machine.state.base) == ("", "", str(newer.parent))
    assert [p.name for p in machine.folder.iterdir() if p.is_dir()] == []


def test_what_a_package_manager_installed_is_never_replaced(machine: Machine) -> None:
    machine.stage("9.1.0", "serve")
    (machine.base.parent / "_internal" / "installed-by").write_text("deb\n")
    assert machine.run("serve")[1] == ["runs 9.0.0", "serves 9.0.0"]
    assert machine.state.tries == 0


@pytest.mark.parametrize("damage", ["removed", "state", "no database"])
def test_what_is_damaged_keeps_the_old_version_going(machine: Machine, damage: str) -> None:
    machine.stage("9.1.0", "serve")
    if damage == "removed":
        (machine.folder / "9.1.0" / "voicegw").unlink()
    elif damage == "state":
        (machine.folder / state.FILE).write_text('{"next": 5, "refused": []')
    else:
        machine.paths.database.parent.mkdir(parents=True)
        machine.paths.database.write_text("no database, and more than a hundred bytes of it " * 20)
        with state.changed(machine.folder) as now:
            now.database = str(machine.paths.database)
    assert machine.run("serve")[1] == ["runs 9.0.0", "serves 9.0.0"]


def test_packs_of_versions_that_start_no_more_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths, base = paths_below(tmp_path), tmp_path / "installed"
    folder = state.folder_of(paths)
    marks = {base: "a" * 12, folder / "0.2.0": "b" * 12, folder / "0.3.0": "c" * 12}
    for at, mark in marks.items():
        (at / "_internal").mkdir(parents=True)
        (at / "_internal" / packs.FILE).write_text(carried({"cloud": b"x"}).replace(FITS, mark))
    for mark in (*marks.values(), "d" * 12):
        (paths.data / "packs" / mark / "cloud").mkdir(parents=True)
    with state.changed(folder) as now:
        now.base, now.current, now.next = str(base), "0.2.0", "0.3.0"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "0.3.0" / "voicegw"))
    assert fallback.confirm(paths)
    assert sorted(p.name for p in (paths.data / "packs").iterdir()) == sorted(marks.values())


def test_only_the_version_that_is_tried_confirms_itself(tmp_path: Path) -> None:
    # a checkout or an installed program serves as well, and says nothing
    assert fallback.confirm(paths_below(tmp_path)) is False
    assert not state.folder_of(paths_below(tmp_path)).exists()
