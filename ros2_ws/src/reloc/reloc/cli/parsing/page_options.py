"""Options of every command that serves a page: ``--host``, ``--port``."""

from __future__ import annotations

import argparse

from reloc.view.server import DEFAULT_HOST, DEFAULT_PORT


def add_page_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--host", default=DEFAULT_HOST, metavar="ADDRESS",
        help=f"address to listen on; default {DEFAULT_HOST}: this machine only; 0.0.0.0: the whole network",
    )  # fmt: skip
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="N",
        help=f"port of the page; default {DEFAULT_PORT}; 0: any free one",
    )


def _port(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return value
