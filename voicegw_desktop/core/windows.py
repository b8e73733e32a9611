"""Two of Windows' own calls: a job, which ends a process with all that it started, and rights on files and folders.

Elsewhere nothing here is called.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from functools import cache
from pathlib import Path

PROCESS_SET_QUOTA, PROCESS_TERMINATE = 0x0100, 0x0001
TOKEN_QUERY = 0x0008
TOKEN_USER = 1
"""GetTokenInformation is asked for the user with this."""
FILE_OBJECT = 1
DACL, PROTECTED = 0x0000_0004, 0x8000_0000
"""Parts of a security descriptor: who may do what, and that no rights come down from the folder above."""
REVISION = 1
"""The version of the language that describes rights as text."""


class Job:
    """A group of processes: one, and every process that it and its children start from now on."""

    def __init__(self, pid: int) -> None:
        """Raises OSError where Windows refuses, as for a process that has ended."""
        kernel = _library("kernel32")
        self._handle = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
        process = ctypes.c_void_p(kernel.OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, False, pid))
        joined = process.value and kernel.AssignProcessToJobObject(self._handle, process)
        error = _last_error()
        if process.value:
            kernel.CloseHandle(process)
        if not joined:
            self.close()
            raise error

    def kill(self) -> None:
        """End every process of the group at once."""
        if self._handle.value:
            _library("kernel32").TerminateJobObject(self._handle, 1)

    def close(self) -> None:
        """Give the group up; its processes go on."""
        if self._handle.value:
            _library("kernel32").CloseHandle(self._handle)
        self._handle = ctypes.c_void_p()


def keep_private(path: Path) -> bool:
    """Let only this user and the system itself reach a file, or a folder with all that is in it and will be.

    False on a file system that keeps no rights, as on memory sticks.
    """
    flags = "OICI" if path.is_dir() else ""
    rights = "".join(f"(A;{flags};FA;;;{who})" for who in (_user(), "SY"))
    advapi = _library("advapi32")
    descriptor, there, by_default = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
    acl = ctypes.c_void_p()
    if not advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW(
        f"D:P{rights}", REVISION, ctypes.byref(descriptor), None
    ):
        raise _last_error()
    try:
        advapi.GetSecurityDescriptorDacl(descriptor, ctypes.byref(there), ctypes.byref(acl), ctypes.byref(by_default))
        # this call also gives new rights to what lies in a folder; the other one sets them exactly where, as in wine,
        # the first adds those of the folder above
        told = str(path)
        refused = advapi.SetNamedSecurityInfoW(told, FILE_OBJECT, DACL | PROTECTED, None, None, acl, None)
        done = not refused and advapi.SetFileSecurityW(told, DACL | PROTECTED, descriptor)
    finally:
        _library("kernel32").LocalFree(descriptor)
    return bool(done)


@cache
def _user() -> str:
    """The security identifier of the user whose process this is: S-1-5-21-…."""
    kernel, advapi = _library("kernel32"), _library("advapi32")
    token, size, written = ctypes.c_void_p(), ctypes.c_ulong(), ctypes.c_wchar_p()
    if not advapi.OpenProcessToken(ctypes.c_void_p(kernel.GetCurrentProcess()), TOKEN_QUERY, ctypes.byref(token)):
        raise _last_error()
    try:
        advapi.GetTokenInformation(token, TOKEN_USER, None, 0, ctypes.byref(size))
        told = ctypes.create_string_buffer(size.value)
        if not advapi.GetTokenInformation(token, TOKEN_USER, told, size, ctypes.byref(size)):
            raise _last_error()
        # it begins with the address of the identifier
        identifier = ctypes.c_void_p.from_buffer(told)
        if not advapi.ConvertSidToStringSidW(identifier, ctypes.byref(written)):
            raise _last_error()
    finally:
        kernel.CloseHandle(token)
    try:
        return str(written.value)
    finally:
        kernel.LocalFree(written)


@cache
def _library(name: str) -> ctypes.CDLL:
    if sys.platform == "win32":
        library = ctypes.WinDLL(name, use_last_error=True)
        for call in ("CreateJobObjectW", "OpenProcess", "GetCurrentProcess"):
            with contextlib.suppress(AttributeError):
                # handles are as wide as addresses
                getattr(library, call).restype = ctypes.c_void_p
        return library
    raise OSError(f"{name} is a library of Windows.")


def _last_error() -> OSError:
    if sys.platform == "win32":
        return ctypes.WinError(ctypes.get_last_error())
    return OSError("Only Windows tells of its calls.")
