"""Fetches models side by side, and tells once what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voicegw_desktop.app.viewmodels.fetching import failures
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.state import Pull

STOPPED_BY_HAND = ("pull_paused", "pull_cancelled")
"""Codes of errors that only say that what the person asked for was done."""


def pull(
    view: Overview,
    run: Callable[..., object],
    pulled: Callable[[Mapping[str, object]], None],
    models: Sequence[str],
) -> None:
    """Fetch these models by `run`, which starts an operation; `pulled` takes the answer of each.

    Once all have ended, one notice tells of those that failed.
    """
    left, failed = set(models), dict[str, str]()

    def ended(model: str, error: BaseException | None = None) -> None:
        left.discard(model)
        known = view.pulls.get(model)
        if error is None:
            if known is not None:
                known.end("installed")
        elif getattr(error, "code", None) not in STOPPED_BY_HAND:
            failed[model] = str(error) or type(error).__name__
            # the gateway reports a failure by itself, but not that of a pull that never began
            if known is not None and known.state == "waiting":
                known.end("failed", failed[model])
        if failed and not left:
            message, details = failures(failed)
            view.refuse(message, details=details)

    def begin(model: str) -> None:
        def here(answer: Mapping[str, object]) -> None:
            ended(model)
            pulled(answer)

        known = view.pulls.setdefault(model, Pull(model, "waiting"))
        if not known.active:
            # an earlier failure is over, also before the first report
            known.end("waiting")
        run("pull_model", here, on_error=lambda error: ended(model, error), model=model)

    for model in models:
        begin(model)
    view.touch()
