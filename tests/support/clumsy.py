"""A node that raises wherever it can, and one that talks to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Empty, Trigger

from reloc_msgs.srv import LoadMap
from reloc_node.guard import GuardedExecutor, spin
from reloc_node.managed_node import ManagedNode


class Clumsy(ManagedNode):
    """Raises wherever it can."""

    def __init__(self) -> None:
        super().__init__("clumsy")
        self.heard: list[str] = []
        self.fails: Exception | None = None
        self.closes: Exception | None = None
        self.create_subscription(String, "text", self._on_text, 10)
        self.create_service(LoadMap, "~/load_map", self._on_call)
        self.create_service(Trigger, "~/trigger", self._on_call)
        self.create_service(Empty, "~/empty", self._on_call)

    def _on_text(self, message: String) -> None:
        if message.data == "bad":
            raise KeyError("\ud800 and \0")
        self.heard.append(message.data)

    def _on_call(self, request: object, response: object) -> object:
        raise RecursionError("maximum recursion depth exceeded")

    def configure(self) -> None:
        if self.fails:
            raise self.fails

    def deactivate(self) -> None:
        if self.closes:
            raise self.closes


class Pair:
    """The clumsy node in a thread as `run` spins it, and one that talks to it."""

    def __init__(self) -> None:
        self.node = Clumsy()
        self._executor = GuardedExecutor()
        self._executor.add_node(self.node)
        self.talker = Node("talker")
        self._own = SingleThreadedExecutor()
        self._own.add_node(self.talker)
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        try:
            spin(self._executor, self.node.guard)
        finally:
            self.ended.set()

    def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> bool:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            self._own.spin_once(timeout_sec=0.02)
        return condition()

    def call(self, kind: type, name: str, request: object) -> object:
        client = self.talker.create_client(kind, name)
        assert self.until(client.service_is_ready)
        future = client.call_async(request)
        assert self.until(future.done), f"{name} did not answer"
        self.talker.destroy_client(client)
        return future.result()

    def close(self) -> None:
        self._executor.shutdown()
        self._own.shutdown()
        self._thread.join(5)
        self.node.destroy_node()
        self.talker.destroy_node()
