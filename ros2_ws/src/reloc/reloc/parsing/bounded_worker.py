"""The worker of :mod:`reloc.parsing.bounded`: sets the limits, then reads."""

from __future__ import annotations

import importlib
import os
import resource
import sys
from collections.abc import Sequence

from reloc.parsing.bounded import REFUSED


def main(argv: Sequence[str]) -> int:
    """Run ``package.module:function`` (the first argument) with the arguments after the two limits; write its bytes to
    stdout.
    """
    reader, seconds, memory, *arguments = argv
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library's prints must not mix with the answer
    module, _, function = reader.partition(":")
    read = getattr(importlib.import_module(module), function)
    _limit(resource.RLIMIT_CPU, int(seconds))
    _limit(resource.RLIMIT_AS, int(memory))
    _limit(resource.RLIMIT_CORE, 0)
    try:
        content: bytes = read(*arguments)
    except Exception as error:  # a foreign reader may raise anything; its message is the answer
        text = " ".join(str(error).split()) or type(error).__name__
        print(text.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
        return REFUSED
    answer.write(content)
    answer.close()
    return 0


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (most, hard))
