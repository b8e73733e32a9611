"""The `voicegw` command: every operation as a verb, and the verbs that start something."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

from voicegw_desktop import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicegw_desktop.cli.options import Options

DEBUG = "VOICEGW_DEBUG"
"""Environment variable; set, an unexpected error shows its traceback."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 when it failed, 2 when it was not understood."""
    args = list(sys.argv[1:] if argv is None else argv)
    # answered before anything else is imported: scripts ask this often
    if args in (["--version"], ["-V"], ["version"]):
        print(f"voicegw {__version__}")
        return 0
    if args[:1] == ["help"]:
        args = [*args[1:], "--help"]
    from voicegw_desktop.cli.options import Options
    from voicegw_desktop.cli.parser import build_parser
    from voicegw_desktop.cli.terminal import fit_streams

    fit_streams()
    parser = build_parser()
    options = parser.parse_args(args, namespace=Options())
    if options.run is None:
        parser.print_help()
        return 0
    return _guarded(options)


def _guarded(options: Options) -> int:
    from voicegw_desktop.cli.terminal import say_error
    from voicegw_desktop.core import logs
    from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError

    logs.protect()

    profile = None
    before = {name: os.environ.get(name) for name in ("VOICEGW_HOME", "VOICEGW_CONFIG")}
    try:
        if options.temp_basedir:
            import tempfile

            profile = tempfile.TemporaryDirectory(prefix="voicegw-")
            os.environ["VOICEGW_HOME"] = profile.name
            say_error(f"Profile: {profile.name}")
        if options.config:
            os.environ["VOICEGW_CONFIG"] = options.config
        return options.run(options) if options.run is not None else 0
    except VoiceGatewayError as error:
        say_error(f"voicegw: {error.message}")
        # an unknown name is a failure, not a misuse of the command
        return 2 if isinstance(error, BadRequest) and error.status != 404 else 1
    except BrokenPipeError:
        # a reader such as `head` that ends early is no fault
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except ImportError as error:
        say_error(f"voicegw: {error}")
        return 1
    except OSError as error:
        say_error(f"voicegw: {_sentence(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        say_error(f"voicegw: {type(error).__name__}: {error}")
        say_error(f"This is a fault of the program. {DEBUG}=1 shows where it happened.")
        return 1
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if profile is not None:
            profile.cleanup()


def _sentence(error: OSError) -> str:
    if not error.filename or not error.strerror:
        return str(error)
    advice = {
        errno.EACCES: " Give this user the right to it, or set VOICEGW_HOME to another folder.",
        errno.EPERM: " Give this user the right to it, or set VOICEGW_HOME to another folder.",
        errno.EROFS: " Set VOICEGW_HOME to a folder that can be written.",
        errno.ENOSPC: " Free some space.",
        errno.EISDIR: " Name a file, not a folder.",
        errno.ENOENT: " Check the path.",
        errno.ENOTDIR: " Check the path.",
        errno.ENAMETOOLONG: " Choose a shorter name.",
    }.get(error.errno or 0, "")
    return f"{error.filename}: {error.strerror}.{advice}"


if __name__ == "__main__":
    raise SystemExit(main())
