"""One application for each user: a second one asks the first, by a local socket, to show its window, and ends."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

ANSWER_WITHIN = 1000  # ms
END_WITHIN = 5000  # ms that one which is ending may still need
SHOWN, ENDING = b"shown\n", b"ending\n"


def socket_name(runtime: Path) -> str:
    """A name per user and profile; Qt puts it where the platform keeps such names."""
    return "voicegw-desktop-" + hashlib.sha256(str(runtime).encode()).hexdigest()[:12]


def raise_running(runtime: Path) -> bool:
    """Ask an application that already runs to show its window; True if it did. One that is ending is waited for."""
    socket = QLocalSocket()
    socket.connectToServer(socket_name(runtime))
    if not socket.waitForConnected(ANSWER_WITHIN):
        return False
    socket.write(b"show\n")
    socket.waitForBytesWritten(ANSWER_WITHIN)
    answered = socket.waitForReadyRead(ANSWER_WITHIN)
    ending = answered and socket.readAll().data() == ENDING
    if ending and socket.state() == QLocalSocket.LocalSocketState.ConnectedState:
        socket.waitForDisconnected(END_WITHIN)
    socket.close()
    return answered and not ending


class SingleInstance(QObject):
    """Holds the name while the application runs and calls `show` when a second one starts."""

    def __init__(self, runtime: Path, show: Callable[[], None]) -> None:
        super().__init__()
        self._show = show
        self._leaving = False
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        name = socket_name(runtime)
        if not self._server.listen(name):
            # left behind by a killed process: raise_running had no answer
            QLocalServer.removeServer(name)
            self._server.listen(name)

    def _greet(self) -> None:
        socket = self._server.nextPendingConnection()

        def read() -> None:
            if socket.canReadLine():
                socket.readLine()
                if not self._leaving:
                    self._show()
                socket.write(ENDING if self._leaving else SHOWN)
                socket.flush()

        socket.readyRead.connect(read)
        socket.disconnected.connect(socket.deleteLater)
        read()

    def leave(self) -> None:
        """Announce the end: an application that starts now waits for it, and then starts."""
        self._leaving = True

    def close(self) -> None:
        """Release the name."""
        self._server.close()
