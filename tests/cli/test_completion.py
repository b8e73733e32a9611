"""The completion scripts complete the command's words."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from voicegw_desktop.cli.completion import SHELLS
from voicegw_desktop.cli.main import main
from voicegw_desktop.gateway.operations import OPERATIONS

ASK = """
source {script}
COMP_WORDS=(voicegw {words}); COMP_CWORD={at}
_shtab_voicegw
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.unit
@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_every_command_is_in_the_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    words = set(re.split(r"[^\w-]+", capsys.readouterr().out))
    commands = {operation.verb.split()[0] for operation in OPERATIONS.values() if operation.verb}
    assert commands - words == set()


@pytest.mark.process
@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="bash is not here")
@pytest.mark.parametrize(("words", "found"), [("rou", "route"), ("keys rot", "rotate"), ("completion z", "zsh")])
def test_bash_completes(words: str, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out, "utf-8")
    at = len(words.split())
    asked = ASK.format(script=script, words=words, at=at)
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False, timeout=30)
    assert found in done.stdout.split(), done.stderr
