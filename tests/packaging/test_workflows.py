"""The workflows that make and publish a release, and the AppImage, which only they make."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "packaging"


def test_the_release_builds_on_each_system_with_pinned_actions_and_little_right() -> None:
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
    assert flow["permissions"] == {"contents": "read"}
    systems = [each["os"] for each in flow["jobs"]["build"]["strategy"]["matrix"]["include"]]
    assert [name.partition("-")[0] for name in systems] == ["ubuntu", "ubuntu", "windows", "macos"]
    assert [name for name in systems if name.endswith("-arm")] == ["ubuntu-24.04-arm"]
    steps = [step for job in flow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    steps_of_ci = [step for job in ci["jobs"].values() for step in job["steps"]]
    publish = yaml.safe_load((ROOT / ".github" / "workflows" / "publish.yml").read_text("utf-8"))
    used += [step["uses"] for job in publish["jobs"].values() for step in job["steps"] if "uses" in step]
    used += [step["uses"] for step in steps_of_ci if "uses" in step]
    assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []
    # no step finds the token that checkout used
    taken = [step for step in steps + steps_of_ci if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in taken)
    assert any(step.get("uses", "").startswith("actions/attest-build-provenance@") for step in steps)
    ran = "\n".join(step.get("run", "") for step in steps)
    assert "--require-hashes -r requirements/bundle.lock" in ran
    assert "python packaging/build.py" in ran
    assert "SHA256SUMS" in ran
    named = re.findall(r"(?:packaging|requirements)/[\w./-]+", ran)
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_what_the_release_fetches_from_other_projects_is_compared_with_a_hash_before_it_runs() -> None:
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
    (image,) = [step["run"] for step in flow["jobs"]["build"]["steps"] if step.get("name") == "AppImage"]
    files = re.findall(r"--pattern (\S+)", image)
    assert re.findall(r"^[0-9a-f]{64}  (\S+)$", image, re.MULTILINE) == files
    compared = image.index("sha256sum --check --strict")
    assert all(image.rindex("gh release download") < compared < image.index(f"$PWD/{name}") for name in files)


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="an AppImage is made on Linux")
def test_an_appimage_is_made_of_the_folder_with_the_runtime_that_was_checked(tmp_path: Path) -> None:
    for name in ("appimage.sh", "voicegw-desktop.desktop"):
        (tmp_path / "packaging" / "linux").mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "linux" / name, tmp_path / "packaging" / "linux" / name)
    program = tmp_path / "dist" / "voicegw"
    program.mkdir(parents=True)
    for name in ("voicegw", "voicegw-desktop"):
        (program / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (program / name).chmod(0o755)
    icons = tmp_path / "build" / "package" / "hicolor" / "256x256" / "apps"
    icons.mkdir(parents=True)
    (icons / "voicegw-desktop.png").write_bytes(b"png")
    (tmp_path / "build" / "package" / "metainfo.xml").write_text("<component/>")
    tool = tmp_path / "tool"
    tool.write_text('#!/bin/sh\necho "$@"\n')
    tool.chmod(0o755)
    script = tmp_path / "packaging" / "linux" / "appimage.sh"
    done = subprocess.run(
        ["sh", str(script), str(tool), "/checked", "1.2.3"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("--runtime-file /checked build/package/VoiceGateway.AppDir dist/VoiceGateway-1.2.3-")
    begin = tmp_path / "build" / "package" / "VoiceGateway.AppDir" / "AppRun"
    for arguments, said in (([], "voicegw-desktop"), (["--x"], "voicegw-desktop --x"), (["serve"], "voicegw serve")):
        told = subprocess.run([str(begin), *arguments], capture_output=True, text=True, timeout=60, check=True)
        assert told.stdout.strip() == said


def test_only_a_published_release_goes_to_pypi_without_a_token_and_as_its_workflow_made_it() -> None:
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "publish.yml").read_text("utf-8"))
    # YAML 1.1 reads `on` as true
    assert flow[True] == {"release": {"types": ["published"]}}
    assert flow["permissions"] == {"contents": "read"}
    (job,) = flow["jobs"].values()
    assert job["permissions"]["id-token"] == "write"
    assert job["environment"]["name"] == "pypi"
    check, put = job["steps"]
    assert "gh attestation verify" in check["run"]
    assert "release.yml" in check["run"]
    assert put["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert "password" not in put["with"]
