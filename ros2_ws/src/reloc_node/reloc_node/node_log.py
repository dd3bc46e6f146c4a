"""A node's log. Any thread may use it with any text and any severity, and it never raises an exception."""

from __future__ import annotations

import sys
import threading
import time
from typing import Protocol

LONGEST = 4000  # longest line, in characters
MOST_KEYS = 200  # most throttled lines that are remembered


class Logger(Protocol):
    """The methods of an rclpy logger that are used."""

    def info(self, message: str) -> object:
        """Log a line of severity INFO."""

    def warning(self, message: str) -> object:
        """Log a line of severity WARN."""

    def error(self, message: str) -> object:
        """Log a line of severity ERROR."""


class NodeLog:
    """Wrap an rclpy logger.

    rclpy remembers the severity of each source line that logs. It raises ValueError if the same line logs with another
    severity. So each severity has a source line of its own here. Text from outside cannot break a log line: NUL,
    surrogates and control characters are escaped, and long text is cut.
    """

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        # By key: time of the last line, and number of lines skipped since then.
        self._last: dict[str, tuple[float, int]] = {}

    def info(self, text: str) -> None:
        """Log a line of severity INFO."""
        try:
            self._logger.info(printable(text))
        except Exception as error:
            _last_resort(text, error)

    def warning(self, text: str) -> None:
        """Log a line of severity WARN."""
        try:
            self._logger.warning(printable(text))
        except Exception as error:
            _last_resort(text, error)

    def error(self, text: str) -> None:
        """Log a line of severity ERROR."""
        try:
            self._logger.error(printable(text))
        except Exception as error:
            _last_resort(text, error)

    def seldom(self, severity: str, key: str, text: str, period_s: float = 5.0) -> None:
        """Log a line, or only count it if a line with the same ``key`` was logged within ``period_s``.

        Args:
            severity: ``info``, ``warning`` or ``error``.
            key: names the kind of line.
            text: the line; the number of lines left out since the last one is added to it.
            period_s: seconds between two lines of one key.
        """
        now = time.monotonic()
        with self._lock:
            at, skipped = self._last.get(key, (-period_s, 0))
            if now - at < period_s:
                self._last[key] = at, skipped + 1
                return
            if len(self._last) >= MOST_KEYS:
                self._last.clear()
            self._last[key] = now, 0
        line = f"{text} ({skipped} more of this kind since)" if skipped else text
        if severity == "error":
            self.error(line)
        elif severity == "warning":
            self.warning(line)
        else:
            self.info(line)


def as_log(logger: Logger) -> NodeLog:
    """Return ``logger`` itself if it is a NodeLog already, else a NodeLog around it."""
    return logger if isinstance(logger, NodeLog) else NodeLog(logger)


def printable(text: str, longest: int = LONGEST) -> str:
    """Return text that can be logged and sent: unprintable characters are escaped, and the length is limited."""
    if len(text) > longest:
        text = f"{text[:longest]}... ({len(text)} characters)"
    clean = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in clean)


def text_of(error: object) -> str:
    """Return the text of an exception, which may raise another one while it is asked."""
    try:
        return str(error)
    except Exception as second:
        return f"(without text: {type(second).__name__} in its __str__)"


def sendable(text: str) -> str:
    """Return text that a message can carry: UTF-8 without NUL. Most text is returned unchanged."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def shown(value: object, longest: int = 80) -> str:
    """Return text from outside for a message to a person: in quotes, escaped, at most ``longest`` characters."""
    return f"'{printable(value, longest)}'" if isinstance(value, str) else printable(repr(value), longest)


def _last_resort(text: str, error: Exception) -> None:
    """Log a line. If the context is already shut down, print the line instead."""
    try:
        print(f"{printable(text)} (not logged: {type(error).__name__}: {text_of(error)})", file=sys.stderr)
    except (OSError, ValueError):  # nobody reads the standard error any more
        return
