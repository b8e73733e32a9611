"""Running costs that several programs share: one file, several objects, as several processes would have."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.holdings import DayHoldings
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.middleware import holdings
from voicegw_desktop.middleware.holdings import LEASE_S, Sums

pytestmark = pytest.mark.unit

DAY = 20261127
Open = Callable[[], DayHoldings]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def another(tmp_path: Path, clock: ManualClock) -> Iterator[Open]:
    opened: list[DayHoldings] = []

    def begin() -> DayHoldings:
        opened.append(DayHoldings(tmp_path / "v.db-budgets", clock))
        return opened[-1]

    yield begin
    for one in opened:
        one.close()


def test_two_programs_cannot_both_take_the_last_cent(another: Open) -> None:
    one, two = another(), another()
    assert one.day_take("p", DAY, 0, 100, 60, 60)[0] == 60
    assert two.day_take("p", DAY, 0, 100, 60, 60) == (-1, Sums(0, 60))
    assert two.day_take("p", DAY, 0, 100, 40, 40)[0] == 40
    assert two.day_take("q", DAY, 0, 100, 100, 100)[0] == 100
    assert one.day_sums("p", DAY, 0) == two.day_sums("p", DAY, 0) == Sums(0, 100)


def test_what_one_has_spent_the_other_knows_at_once(another: Open) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 5, 100, 60, 60)
    one.day_settle("p", DAY, 65, 60, 60)
    assert two.day_sums("p", DAY, 5) == Sums(65, 0)
    assert two.day_take("p", DAY, 5, 100, 36, 36)[0] == -1
    # what the database says may be more: another kind of program has written there
    assert two.day_sums("p", DAY, 80) == Sums(80, 0)


def test_another_day_begins_with_what_is_known_of_it(another: Open) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 0, 100, 50, 50)
    one.day_settle("p", DAY, 50, 50, 50)
    assert two.day_sums("p", DAY + 1, 0) == Sums(0, 0)
    two.day_settle("p", DAY + 1, 7, 0, 7)
    assert one.day_sums("p", DAY + 1, 0) == Sums(7, 0)


def test_a_program_that_is_closed_or_stands_still_gives_back(another: Open, clock: ManualClock) -> None:
    one, two, three = another(), another(), another()
    one.day_take("p", DAY, 0, 100, 40, 40)
    two.day_take("p", DAY, 0, 100, 60, 60)
    one.close()
    assert three.day_take("p", DAY, 0, 100, 40, 40)[0] == 40
    clock.advance(LEASE_S - 1)
    three.renew()
    clock.advance(2)
    assert three.day_take("p", DAY, 0, 100, 60, 60)[0] == 60
    # the program continued, and its money counts again as soon as it sets more aside
    two.renew()
    assert two.day_take("p", DAY, 0, 100, 1, 1)[0] == -1
    assert two.day_take("p", DAY, 0, 1000, 1, 1)[0] == 1
    assert three.day_sums("p", DAY, 0) == Sums(0, 161)


def test_the_first_program_begins_anew(another: Open) -> None:
    one = another()
    one.day_settle("p", DAY, 50, 0, 50)
    one.close()
    # the database has what was spent, and says so
    assert another().day_sums("p", DAY, 0) == Sums(0, 0)


def test_a_file_that_is_something_else_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "v.db-budgets"
    path.write_bytes(b"not ours" * 100)
    one = DayHoldings(path)
    assert one.day_take("p", DAY, 0, 10, 10, 10)[0] == 10
    one.close()


@pytest.mark.parametrize("content", [b"", b"VGW", b"VGWHELD1"])
def test_a_file_that_is_cut_short_is_written_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.db-budgets"
    path.write_bytes(content)
    one, two = DayHoldings(path), DayHoldings(path)
    assert one.day_take("p", DAY, 0, 10, 10, 10)[0] == 10
    assert two.day_take("p", DAY, 0, 10, 1, 1) == (-1, Sums(0, 10))
    for each in (one, two):
        each.close()


def test_a_program_that_has_asked_nothing_yet_is_there(another: Open) -> None:
    first, _idle = another(), another()
    first.day_settle("p", DAY, 50, 0, 50)
    first.close()
    assert another().day_sums("p", DAY, 0) == Sums(50, 0)


def test_rows_below_another_mark_do_not_count(another: Open, tmp_path: Path) -> None:
    another().day_take("p", DAY, 0, 100, 60, 60)
    path = tmp_path / "other"
    path.write_bytes((tmp_path / "v.db-budgets").read_bytes().replace(b"VGWHELD1", b"VGWHELD0"))
    one = DayHoldings(path)
    assert one.day_sums("p", DAY, 0) == Sums(0, 0)
    one.close()


def test_a_program_that_stood_still_while_the_file_began_anew_finds_its_place(
    another: Open, clock: ManualClock
) -> None:
    one = another()
    one.day_take("p", DAY, 0, 100, 60, 60)
    clock.advance(LEASE_S + 1)
    two = another()
    assert one.day_take("p", DAY, 0, 100, 10, 10) == (10, Sums(0, 60))
    assert two.day_sums("p", DAY, 0) == Sums(0, 70)


def test_without_a_file_budgets_hold_for_this_program(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = DayHoldings(tmp_path / "no such folder" / "v.db-budgets")
    assert "in this program only" in caplog.text
    assert one.day_take("p", DAY, 0, 10, 10, 10)[0] == 10
    assert one.day_take("p", DAY, 0, 10, 1, 1)[0] == -1
    one.day_settle("p", DAY, 10, 10, 10)
    assert one.day_sums("p", DAY, 0) == Sums(10, 0)


def test_a_disk_that_takes_no_more_stops_nothing(another: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one = another()
    one.day_take("p", DAY, 0, 10, 4, 4)

    def full(fd: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(holdings.os, "write", full)
        one.day_take("p", DAY, 0, 10, 4, 4)
    assert one.day_sums("p", DAY, 0) == Sums(0, 8)
    assert one.day_take("p", DAY, 0, 10, 4, 4)[0] == -1


def test_half_of_the_rest_is_left_also_where_both_hold_as_much(another: Open) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 0, 100, 10, 10)
    two.day_take("p", DAY, 0, 100, 10, 10)
    assert two.day_take("p", DAY, 0, 100, 1, 100, shared=True)[0] == 40


def test_a_closed_one_keeps_no_descriptor(another: Open) -> None:
    one = another()
    fd = one._fd
    one.close()
    one.close()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(fd)


@pytest.mark.skipif(sys.platform == "win32", reason="there a file's owner is not in its mode")
def test_only_its_user_may_read_the_file(another: Open, tmp_path: Path) -> None:
    another()
    assert (tmp_path / "v.db-budgets").stat().st_mode & 0o777 == 0o600


def test_all_that_is_left_is_set_aside_unless_it_is_to_be_shared(another: Open) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 0, 100, 10, 10)
    assert two.day_take("p", DAY, 0, 100, 1, 30, shared=True)[0] == 30
    assert two.day_take("p", DAY, 0, 100, 1, 100, shared=True)[0] == 30
    assert two.day_take("p", DAY, 0, 100, 1, 100)[0] == 30


def test_a_program_that_renews_keeps_what_it_has_set_aside(another: Open, clock: ManualClock, tmp_path: Path) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 0, 100, 60, 60)
    assert two.day_take("p", DAY, 0, 100, 41, 41)[0] == -1
    size = (tmp_path / "v.db-budgets").stat().st_size
    for _ in range(5):
        clock.advance(LEASE_S - 1)
        one.renew()
    assert two.day_take("p", DAY, 0, 100, 41, 41) == (-1, Sums(0, 60))
    assert (tmp_path / "v.db-budgets").stat().st_size == size
    assert one.day_sums("p", DAY, 0) == Sums(0, 60)


def test_rows_of_programs_that_ended_are_used_again(another: Open, tmp_path: Path) -> None:
    stays = another()
    sizes = set()
    for number in range(5):
        one = another()
        one.day_take(f"p{number % 2}", DAY, 0, 100, 1, 1)
        stays.day_take(f"p{number % 2}", DAY, 0, 100, 1, 1)
        one.close()
        sizes.add((tmp_path / "v.db-budgets").stat().st_size)
    assert len(sizes) <= 2
    assert stays.day_sums("p0", DAY, 0) == Sums(0, 3)


def test_a_program_that_went_on_after_all_keeps_what_was_spent(another: Open, clock: ManualClock) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 0, 100, 60, 60)
    clock.advance(LEASE_S + 1)
    two.day_settle("p", DAY, 50, 0, 50)
    assert two.day_take("p", DAY, 50, 100, 50, 50)[0] == 50
    one.renew()
    two.close()
    # another program wrote first: money that the database does not know yet counts
    assert another().day_sums("p", DAY, 0) == Sums(50, 0)


def test_where_all_others_have_ended_a_program_begins_anew(another: Open, clock: ManualClock) -> None:
    one = another()
    one.day_take("p", DAY, 0, 100, 60, 60)
    one.day_settle("p", DAY, 50, 0, 50)
    clock.advance(LEASE_S + 1)
    assert another().day_sums("p", DAY, 0) == Sums(0, 0)


def test_a_program_whose_own_lease_ran_out_frees_nothing_of_its_own(another: Open, clock: ManualClock) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 0, 100, 40, 40)
    two.day_take("p", DAY, 0, 100, 10, 10)
    clock.advance(LEASE_S + 1)
    two.renew()
    assert one.day_take("p", DAY, 0, 100, 60, 60) == (-1, Sums(0, 50))
    assert two.day_sums("p", DAY, 0) == Sums(0, 50)


def test_a_lease_holds_to_its_last_moment_and_ends_with_its_process(
    another: Open, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(holdings.os, "getpid", lambda: 4242)
        one = another()
    lives = True
    monkeypatch.setattr(holdings, "alive", lambda pid: lives)
    two = another()
    one.day_take("p", DAY, 0, 100, 60, 60)
    clock.advance(LEASE_S)
    assert two.day_take("p", DAY, 0, 100, 41, 41)[0] == -1
    lives = False
    assert two.day_take("p", DAY, 0, 100, 41, 41)[0] == 41


def test_what_ended_programs_held_is_free_and_all_else_counts(another: Open, clock: ManualClock) -> None:
    ended, lives, here = another(), another(), another()
    ended.day_take("p", DAY, 0, 100, 40, 40)
    lives.day_take("p", DAY, 0, 100, 30, 30)
    here.day_take("p", DAY, 0, 100, 10, 10)
    here.day_settle("p", DAY, 15, 0, 15)
    clock.advance(LEASE_S + 1)
    lives.renew()
    assert here.day_take("p", DAY, 15, 100, 46, 46) == (-1, Sums(15, 40))
    assert here.day_take("p", DAY, 15, 100, 45, 45) == (45, Sums(15, 40))


class Moments:
    """A clock for the wait, and a lock that another program holds until `free_at`."""

    def __init__(self, free_at: float) -> None:
        self.now, self.free_at, self.ours = 0.0, free_at, False

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def try_lock(self, fd: int) -> bool:
        self.ours = self.now >= self.free_at
        return self.ours


@pytest.mark.parametrize(("free_at", "waits", "warned"), [(0.01, 0.011, False), (1.9, 1.91, False), (99.0, 2.01, True)])
def test_the_lock_is_waited_for_but_not_for_long(
    another: Open,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    free_at: float,
    waits: float,
    warned: bool,
) -> None:
    one, moments = another(), Moments(free_at)
    with monkeypatch.context() as patched:
        patched.setattr(holdings, "time", moments)
        patched.setattr(holdings, "try_lock", moments.try_lock)
        assert one.day_take("p", DAY, 0, 10, 4, 4)[0] == 4
    assert moments.ours is not warned
    assert min(free_at, holdings.LOCK_S) <= moments.now < waits
    assert ("Another program holds the file" in caplog.text) is warned


def test_a_program_that_arrives_waits_for_the_lock(another: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = Moments(1.0)
    with monkeypatch.context() as patched:
        patched.setattr(holdings, "time", moments)
        patched.setattr(holdings, "try_lock", moments.try_lock)
        another()
    assert moments.ours


def test_a_program_that_keeps_the_lock_is_waited_for_once(
    another: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, moments = another(), Moments(99.0)
    with monkeypatch.context() as patched:
        patched.setattr(holdings, "time", moments)
        patched.setattr(holdings, "try_lock", moments.try_lock)
        one.day_take("p", DAY, 0, 10, 4, 4)
        waited = moments.now
        assert one.day_take("p", DAY, 0, 10, 4, 4)[0] == 4
        assert moments.now == waited
        assert caplog.text.count("Another program holds") == 1
        # once it was free, it is waited for again
        moments.now = 100.0
        one.day_settle("p", DAY, 4, 0, 4)
        moments.now, moments.free_at = 200.0, 201.0
        one.day_settle("p", DAY, 8, 0, 4)
        assert moments.ours


def test_a_file_that_cannot_be_read_leaves_the_program_alone(
    another: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = another(), another()
    one.day_take("p", DAY, 0, 10, 4, 4)

    def broken(fd: int, size: int) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(holdings.os, "read", broken)
        assert one.day_sums("p", DAY, 0) == Sums(0, 4)
    assert "in this program only" in caplog.text
    assert one.day_take("p", DAY, 0, 10, 7, 7)[0] == -1
    # what it held in the file counts there until its lease ends, and the lock is free at once
    assert two.day_take("p", DAY, 0, 10, 6, 6) == (6, Sums(0, 4))
    assert "Another program holds" not in caplog.text


def test_what_others_have_spent_counts_though_the_disk_takes_no_more(
    another: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, two, one = another(), another(), another()
    two.day_settle("p", DAY, 50, 0, 50)
    # its rows come before the others' in the file
    first.close()
    one.day_take("p", DAY, 0, 100, 10, 10)

    def full(fd: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(holdings.os, "write", full)
        one.day_settle("p", DAY, 10, 10, 10)
    assert one.day_sums("p", DAY, 10) == Sums(60, 0)
    assert "in this program only" in caplog.text
    assert two.day_sums("p", DAY, 50) == Sums(50, 10)
    assert "Another program holds" not in caplog.text
