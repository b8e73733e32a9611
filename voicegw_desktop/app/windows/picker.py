"""Chooses what serves a conversation: the routes, a stack, or any three targets."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.state import MODALITIES, MODALITY_NAMES
from voicegw_desktop.app.viewmodels.talk import OWN, ROUTES, Pick
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import field


class Picker(QWidget):
    """A stack and three targets, side by side or one below the other."""

    changed = Signal()

    def __init__(self, whose: str = "", *, across: bool = True) -> None:
        """`whose` is added to the accessible names where there are several, as in `, choice 2`."""
        super().__init__()
        self.pick = Pick()
        direction = QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom
        box = QBoxLayout(direction, self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(12 if across else 6)
        self._stack = Choice("")
        self._stack.chosen.connect(self._stack_chosen)
        self._targets: list[Choice] = []
        self._boxes: list[QWidget] = []
        self._put(box, "Answered by", whose, self._stack)
        for number, modality in enumerate(MODALITIES):
            choice = Choice("")
            choice.chosen.connect(lambda target, n=number: self._target_chosen(n, target))
            self._targets.append(choice)
            self._boxes.append(self._put(box, MODALITY_NAMES[modality], whose, choice))

    @staticmethod
    def _put(box: QBoxLayout, name: str, whose: str, choice: Choice) -> QWidget:
        holder = QWidget()
        inside: QVBoxLayout = field(name, choice)
        choice.setAccessibleName(tr(name) + whose)
        inside.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(inside)
        box.addWidget(holder, 1)
        return holder

    def show_choices(self, stacks: Iterable[str], view: Overview) -> None:
        """Offer these stacks, and the targets of `view`."""
        told, barred = view.stack_choices(self.pick.stack)
        words = {stack: text for text, stack in told}
        named = [(tr("Stack: {name}", name=words.get(stack, stack)), stack) for stack in sorted(stacks)]
        self._stack.show_pairs(
            [(tr("Current routes"), ROUTES), *named, (tr("Three targets I choose"), OWN)],
            self.pick.stack,
            barred=barred,
        )
        own = self.pick.stack == OWN
        for modality, choice, box, now in zip(MODALITIES, self._targets, self._boxes, self.pick.targets, strict=True):
            pairs, barred = view.choices(view.targets[modality], now)
            choice.show_pairs([(tr("Current route"), None), *pairs], now, barred=barred)
            box.setVisible(own)

    def _stack_chosen(self, stack: object) -> None:
        self.pick = Pick(str(stack), self.pick.targets)
        for box in self._boxes:
            box.setVisible(self.pick.stack == OWN)
        self.changed.emit()

    def _target_chosen(self, number: int, target: object) -> None:
        targets = list(self.pick.targets)
        targets[number] = None if target is None else str(target)
        self.pick = Pick(OWN, (targets[0], targets[1], targets[2]))
        self.changed.emit()
