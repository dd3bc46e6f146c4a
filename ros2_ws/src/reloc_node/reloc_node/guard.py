"""The boundary for exceptions of a node: it catches what a callback raises, and the node keeps running.

A caught exception is logged at a limited rate, counted, and kept for diagnostics and status. Services answer with
``success`` false and the message. :class:`GuardedExecutor` also catches what rclpy itself raises, for example on a
message that cannot be read.
"""

from __future__ import annotations

import functools
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.executors import Executor, ExternalShutdownException, ShutdownException, SingleThreadedExecutor
from rclpy.utilities import ok as context_is_ok

from reloc.errors import RelocError
from reloc_node.node_log import NodeLog, printable, text_of

FAULTS = (Exception, SystemExit)  # what foreign code may raise and a node survives: a plugin may call sys.exit
ENDING = (KeyboardInterrupt, GeneratorExit, ExternalShutdownException, ShutdownException)  # what ends a node
FRESH_S = 10.0  # how long diagnostics report an exception
_LONGEST = 500  # longest error text, in characters


@dataclass(frozen=True, slots=True)
class Caught:
    """The newest caught exception."""

    where: str
    text: str
    at_s: float  # time by the steady clock


class Guard:
    """Catch what callbacks, threads and timers of one node raise. Any thread may use it."""

    def __init__(self, log: NodeLog | None = None) -> None:
        self.log = log
        self.count = 0
        self.newest: Caught | None = None
        self._lock = threading.Lock()

    def caught(self, where: str, error: BaseException) -> str:
        """Log, count and keep an exception; return it as text."""
        text = in_words(error)
        with self._lock:
            self.count += 1
            self.newest = Caught(where, text, time.monotonic())
        if self.log is not None and context_is_ok():  # after a shutdown, publishers fail as expected
            trace = "" if isinstance(error, RelocError | OSError) else "\n" + _trace(error)
            self.log.seldom("error", f"{where} {type(error).__name__}", f"{where} failed: {text}{trace}")
        return text

    def fresh(self) -> str:
        """Return the exception caught within the last seconds as text; empty if there was none."""
        newest = self.newest
        if newest is None or time.monotonic() - newest.at_s > FRESH_S:
            return ""
        return f"{newest.where} failed: {newest.text}"

    def callback(self, where: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call`` with exceptions caught; after one it returns None."""

        @functools.wraps(call)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return call(*args, **kwargs)
            except ENDING:
                raise
            except BaseException as error:
                self.caught(where, error)
                return None

        return guarded

    def service(self, where: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call(request, response)``, with an exception turned into an answer that reports failure and its
        reason.
        """

        @functools.wraps(call)
        def guarded(request: Any, response: Any) -> Any:
            try:
                return call(request, response)
            except ENDING:
                raise
            except BaseException as error:
                return refused(type(response)(), self.caught(where, error))

        return guarded


def refused(response: Any, message: str) -> Any:
    """Return a service's response that reports failure, if its type has fields for that."""
    if hasattr(response, "success"):
        response.success = False
    if hasattr(response, "message"):
        response.message = printable(message)
    return response


def in_words(error: BaseException) -> str:
    """Return an exception's name and text, without unprintable characters."""
    text = printable(text_of(error), _LONGEST)
    return text if isinstance(error, RelocError) and text else f"{type(error).__name__}: {text}"


def _trace(error: BaseException) -> str:
    try:
        return printable("".join(traceback.format_exception(error, limit=-6)))
    except Exception as second:  # what an exception says of itself may fail in every way
        return f"(without a trace: {type(second).__name__})"


class GuardedExecutor(SingleThreadedExecutor):
    """Run all callbacks of a node in one thread; no exception ends it.

    rclpy reads a message inside the callback's task. If reading raises (a message of another type or a damaged one),
    the entity and all callbacks of its group would stay marked as busy forever.
    """

    def _make_handler(self, entity: Any, node: Any, take_from_wait_list: Callable[..., Any]) -> Any:
        guard = getattr(node, "guard", None)
        if not isinstance(guard, Guard):
            return super()._make_handler(entity, node, take_from_wait_list)
        where = _name_of(entity)

        def take(taken: Any) -> Any:
            try:
                call = take_from_wait_list(taken)
            except FAULTS as error:
                guard.caught(f"Receiving on {where}", error)
                return None
            return None if call is None else functools.partial(_awaited, guard, where, call)

        return super()._make_handler(entity, node, take)


async def _awaited(guard: Guard, where: str, call: Callable[[], Any]) -> None:
    try:
        await call()
    except ENDING:
        raise
    except BaseException as error:
        guard.caught(where, error)


def spin(executor: Executor, guard: Guard) -> None:
    """Spin until the context is shut down. Exceptions of callbacks do not end it.

    Raises:
        ExternalShutdownException, KeyboardInterrupt: the node has to end.
    """
    pause_s = 0.01
    while context_is_ok():
        began = time.monotonic()
        try:
            executor.spin()
            return
        except ENDING:
            raise
        except BaseException as error:
            if not context_is_ok():  # a signal closed the context while a callback was publishing; that is not a fault
                return
            guard.caught("The executor", error)
        pause_s = 0.01 if time.monotonic() - began > 1.0 else min(1.0, pause_s * 2)
        time.sleep(pause_s)


def _name_of(entity: Any) -> str:
    for attribute in ("topic_name", "srv_name", "service_name"):
        name = getattr(entity, attribute, "")
        if isinstance(name, str) and name:
            return name
    return type(entity).__name__
