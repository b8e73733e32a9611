"""The table of states and transitions in docs/routing.md, made from `voicegw_desktop.corridor.failover`.

`python packaging/dev/failover.py` writes it; `--check` only compares and exits with 1 when the page is stale.
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

from voicegw_desktop.corridor import failover

PAGE = Path(__file__).resolve().parents[2] / "docs" / "routing.md"
BEGIN, END = "<!-- failover: made by packaging/dev/failover.py -->", "<!-- /failover -->"


def meanings() -> dict[str, str]:
    """Each state's name and what its docstring says."""
    (enum,) = ast.parse(inspect.getsource(failover.State)).body
    assert isinstance(enum, ast.ClassDef)
    texts = [n.value.value for n in enum.body[1:] if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    return dict(zip((state.value for state in failover.State), map(str, texts), strict=True))


def table() -> str:
    """The Markdown of both tables."""
    rows = ["| state | meaning |", "|---|---|"]
    rows += [f"| {name} | {meaning} |" for name, meaning in meanings().items()]
    rows += ["", "| in state | when | next state | what happens |", "|---|---|---|---|"]
    rows += [f"| {row.state} | {row.cause} | {row.to} | {row.meaning} |" for row in failover.TRANSITIONS]
    return "\n".join(rows)


def main(check: bool) -> int:
    """Write or compare the tables; the exit status."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    fresh = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if check:
        return 0 if fresh == page else 1
    PAGE.write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main("--check" in sys.argv[1:]))
