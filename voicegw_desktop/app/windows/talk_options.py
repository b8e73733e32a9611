"""How the page Talk speaks and listens: instructions, voice, devices, gain, and whether agents may use them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.talking import Talking
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import field, line
from voicegw_desktop.app.windows.parts import Card
from voicegw_desktop.sound.conversation import ASSISTANT
from voicegw_desktop.sound.settings import LOUDEST

STEPS = 10  # of the slider for each time the gain


class Options(Card):
    """Two rows of fields; what is chosen counts from the next turn on."""

    def __init__(self, talking: Talking) -> None:
        super().__init__()
        self._talking = talking
        self.prompt = line(ASSISTANT)
        self.prompt.setMaxLength(4000)
        self.prompt.editingFinished.connect(lambda: setattr(talking, "prompt", self.prompt.text()))
        self.voice = line(tr("The target's default"))
        self.voice.setMaxLength(120)
        self.voice.editingFinished.connect(lambda: setattr(talking, "voice", self.voice.text().strip()))
        self.microphone, self.speaker = Choice(""), Choice("")
        self.microphone.chosen.connect(lambda name: talking.set_devices(microphone=name))
        self.speaker.chosen.connect(lambda name: talking.set_devices(speaker=name))
        self.gain = QSlider(Qt.Orientation.Horizontal)
        self.gain.setRange(1, round(LOUDEST * STEPS / 2))
        self.gain.sliderReleased.connect(self._gained)
        self.gain.actionTriggered.connect(lambda _: None if self.gain.isSliderDown() else self._gained())
        self.agents = QCheckBox(tr("Agents may speak and listen here"))
        self.agents.setToolTip(tr("Lets agents use the MCP tools speak, listen and converse on this machine."))
        self.agents.clicked.connect(lambda on: talking.set_devices(agents=on))
        words = QHBoxLayout()
        words.setSpacing(12)
        words.addLayout(field("Instructions", self.prompt), 3)
        words.addLayout(field("Voice", self.voice), 1)
        self.add_layout(words)
        devices = QHBoxLayout()
        devices.setSpacing(12)
        devices.addLayout(field("Microphone", self.microphone), 2)
        devices.addLayout(field("Speaker", self.speaker), 2)
        devices.addLayout(field("Gain", self.gain), 1)
        self.add_layout(devices)
        self.add(self.agents)

    def _gained(self) -> None:
        self._talking.set_devices(gain=self.gain.sliderPosition() / STEPS)

    def refresh(self) -> None:
        """Offer the devices that are there."""
        found, chosen = self._talking.devices, self._talking.settings
        if not self.gain.isSliderDown():
            self.gain.setValue(round(chosen.gain * STEPS))
        self.agents.setChecked(chosen.agents)
        for choice, names, now in (
            (self.microphone, found.microphones if found else (), chosen.microphone),
            (self.speaker, found.speakers if found else (), chosen.speaker),
        ):
            known = [*names, *([now] if now and now not in names else [])]
            choice.show_pairs([(tr("The system's default"), None), *((name, name) for name in known)], now)
