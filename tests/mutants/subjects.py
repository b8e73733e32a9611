"""What `make mutants` mutates, and the tests that should notice."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """Modules, relative to the package, and the tests that may notice their mutants.

    Of these, the tests that run a mutant's line are run for it, the fastest first; long random walks, which are marked
    `unmeasured`, are not. Mutants exist in the test process only, so tests that look at other processes cannot notice
    them and are left out.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]


SUBJECTS = {
    "breaker": Subject(
        ("routing/breaker.py",),
        ("tests/routing", "tests/corridor/test_corridor.py", "tests/corridor/test_admission.py"),
    ),
    "journal": Subject(
        ("storage/journal.py",),
        ("tests/storage/test_journal.py", "tests/storage/test_egress_log.py", "tests/storage/test_writer.py"),
    ),
    "egress": Subject(
        ("routing/egress.py", "storage/egress.py"),
        ("tests/routing", "tests/storage/test_egress_log.py", "tests/storage/test_writer.py"),
    ),
    "budgets": Subject(
        ("middleware/budget_enforcer.py", "middleware/holdings.py"),
        (
            "tests/middleware",
            "tests/gateway/test_reservations.py",
            "tests/gateway/test_budget_binds.py",
            "tests/gateway/test_budget_hooks.py",
            "tests/gateway/test_budgets_operations.py",
        ),
    ),
    "meters": Subject(
        ("gateway/meters.py", "corridor/metering.py"),
        (
            "tests/gateway/test_meters.py",
            "tests/gateway/test_meters_records.py",
            "tests/gateway/test_reservations.py",
            "tests/gateway/test_budget_binds.py",
            "tests/corridor/test_metering.py",
            "tests/corridor/test_corridor.py",
            "tests/corridor/test_admission.py",
        ),
    ),
    "auth": Subject(
        ("sockets/http/auth.py", "sockets/http/livekit_token.py", "sockets/http/streams.py"),
        (
            "tests/sockets/test_auth_rules.py",
            "tests/sockets/test_open_streams.py",
            "tests/sockets/test_livekit_token.py",
            "tests/sockets/test_auth.py",
            "tests/sockets/test_browser_keys.py",
        ),
    ),
    "corridor": Subject(
        (
            "corridor/corridor.py",
            "corridor/runs.py",
            "corridor/failover.py",
            "corridor/answer_money.py",
            "corridor/prompts.py",
        ),
        tuple(
            f"tests/corridor/{name}.py"
            for name in (
                "test_answer_money",
                "test_failover_legs",
                "test_run_rules",
                "test_run_openings",
                "test_run_endings",
                "test_turns",
                "test_ahead",
                "test_prompts",
                "test_corridor",
                "test_admission",
                "test_leaving",
                "test_stopping",
                "test_switching",
            )
        ),
    ),
}
