"""The script of both frozen programs; which of them it is, and in what role, `program.main` finds out."""

from voicegw_desktop.program import main

if __name__ == "__main__":
    raise SystemExit(main())
