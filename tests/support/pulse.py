"""A PulseAudio of its own for a test: a speaker that can be recorded and a microphone that can be spoken into."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.desktop import wait_for

NEEDED = ("pulseaudio", "pactl", "paplay", "parec")
ALSA = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
"""PortAudio asks ALSA, and ALSA asks this PulseAudio."""
RATE = 24_000


@dataclass
class Pulse:
    """A running sound server; `env` leads programs to it."""

    env: dict[str, str]
    process: subprocess.Popen[bytes]

    def say(self, clip: Path) -> subprocess.Popen[bytes]:
        """Play a WAV file into the microphone; ends when it was heard."""
        return subprocess.Popen(["paplay", "--device=room", str(clip)], env=self.env)

    @contextlib.contextmanager
    def recorded(self, target: Path) -> Iterator[None]:
        """Record what the speaker plays meanwhile as a WAV file."""
        command = ["parec", "--device=speaker.monitor", "--raw", f"--rate={RATE}", "--channels=1", "--format=s16le"]
        with target.with_suffix(".raw").open("wb") as out:
            recorder = subprocess.Popen([*command, "--latency-msec=20"], env=self.env, stdout=out)
        try:
            wait_for("the recorder", lambda: target.with_suffix(".raw").stat().st_size > 0)
            yield
        finally:
            recorder.send_signal(signal.SIGTERM)
            recorder.wait(10)
        with wave.open(str(target), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(target.with_suffix(".raw").read_bytes())

    def streams(self, kind: str) -> int:
        """How many programs record (`source-outputs`) or play (`sink-inputs`) now."""
        listed = subprocess.run(["pactl", "list", "short", kind], env=self.env, capture_output=True, text=True)
        # a module's own stream names no client
        return sum(line.split("\t")[2] != "-" for line in listed.stdout.splitlines())


def missing() -> str:
    """The reason why sound cannot be tested here; empty: it can."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if lacking:
        return f"{', '.join(lacking)} missing: packaging/dev/system-packages.sh installs them"
    try:
        import sounddevice  # noqa: F401
    except (ImportError, OSError) as error:
        return f"sounddevice cannot be used: {error}"
    return ""


@contextlib.contextmanager
def pulse(folder: Path) -> Iterator[Pulse]:
    """Serve below `folder`; skips the test, with the reason, where that cannot be."""
    if reason := missing():
        pytest.skip(reason)
    runtime = folder / "pulse"
    runtime.mkdir(mode=0o700)
    (runtime / "alsa.conf").write_text(f"</usr/share/alsa/alsa.conf>\n{ALSA}")
    socket = runtime / "native"
    # nothing of the desktop that the test may run on: neither its sound server nor its bus
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "DBUS_"))} | {
        "XDG_RUNTIME_DIR": str(runtime),
        "PULSE_SERVER": f"unix:{socket}",
        "PULSE_COOKIE": str(runtime / "cookie"),
        "ALSA_CONFIG_PATH": str(runtime / "alsa.conf"),
    }
    modules = (
        f"module-native-protocol-unix socket={socket} auth-anonymous=1",
        "module-null-sink sink_name=speaker",
        "module-null-sink sink_name=room",
        "module-remap-source master=room.monitor source_name=microphone",
    )
    log = (runtime / "log").open("wb")
    process = subprocess.Popen(
        ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=1", "--realtime=no",
         "--use-pid-file=no", "--high-priority=no", *(f"--load={m}" for m in modules)],
        env={**env, "HOME": str(runtime)}, stdout=log, stderr=log,
    )  # fmt: skip
    log.close()
    try:
        for what, name in (("sink", "speaker"), ("source", "microphone")):
            # the socket is there before the devices are
            command = ["pactl", f"set-default-{what}", name]
            wait_for(
                f"the {name}",
                lambda command=command: subprocess.run(command, env=env, capture_output=True).returncode == 0,
            )
        yield Pulse(env, process)
    finally:
        process.terminate()
        process.wait(10)
