"""`python -m voicegw_desktop` is `voicegw`."""

from voicegw_desktop.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
