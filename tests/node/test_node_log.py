"""The log takes any text, any severity and any thread; no line of ours logs two severities."""

from __future__ import annotations

import threading

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from rclpy.logging import get_logger

from reloc_node.node_log import NodeLog, as_log, printable, sendable, shown

HOSTILE = ["", "\0", "\ud800", "\x1b[2J", "%s %n {}", "x" * 100_000, "\u202e", "\n" * 5000, "é 漢 🦊"]


class Lines:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def info(self, message: str) -> None:
        self.lines.append(("info", message))

    def warning(self, message: str) -> None:
        self.lines.append(("warning", message))

    def error(self, message: str) -> None:
        self.lines.append(("error", message))


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_can_be_logged_in_any_severity(text: str) -> None:
    log = NodeLog(get_logger("hostile_text"))
    for _ in range(2):
        for severity in ("info", "warning", "error"):
            getattr(log, severity)(text)
            log.seldom(severity, text, text, 0.0)
    assert len(printable(text)) <= 24_000
    printable(text).encode()
    assert "\0" not in sendable(text)
    assert len(shown(text)) < 600


def test_many_threads_and_severities_at_once() -> None:
    log, failed = NodeLog(get_logger("many_threads")), []

    def work(number: int) -> None:
        try:
            for n in range(30):
                log.seldom(("info", "warning", "error")[(n + number) % 3], f"{n % 5}", "line", 0.001)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_logger_that_raises_stops_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(Lines):
        def error(self, message: str) -> None:
            raise ValueError("Logger severity cannot be changed between calls.")

    NodeLog(Broken()).error("the map cannot be used")
    assert "the map cannot be used" in capsys.readouterr().err


def test_what_comes_often_is_logged_seldom_and_counted() -> None:
    lines = Lines()
    log = as_log(lines)
    assert as_log(log) is log
    for _ in range(10):
        log.seldom("error", "a", "something")
        log.seldom("error", "b", "something else")
    assert lines.lines == [("error", "something"), ("error", "something else")]
    log.seldom("error", "a", "something", 0.0)
    assert lines.lines[-1] == ("error", "something (9 more of this kind since)")


def test_keys_that_never_end_are_not_all_remembered() -> None:
    log = NodeLog(Lines())
    for number in range(10_000):
        log.seldom("info", str(number), "x")
    assert len(log._last) <= 200
