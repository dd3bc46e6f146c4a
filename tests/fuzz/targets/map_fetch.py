"""A map that a lying server sends: what it tells of it, its table of files, its pages."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from fuzz.mutation import json_tree, raw
from fuzz.target import NotAnInput, Target
from fuzz.targets._messages import message_of, tree_from, tree_of
from fuzz.targets.map_folder import make_map
from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import GetReferences
from reloc_node.map_transfer.map_client import MapClient
from reloc_node.map_transfer.served_map import ServedMap, answer

PAGE_BYTES = 1 << 16
INFO, RESPONSE = "reloc_msgs/msg/MapInfo", "reloc_msgs/srv/GetReferences_Response"
MOST_CALLS = 5000


class EndlessError(Exception):
    """A client that goes on asking where the map is smaller by far."""


class _NoGraph:
    """What a client asks of its node."""

    def create_client(self, *_: object) -> None:
        """None: nothing is called."""


class LyingClient(MapClient):
    """The node's client, with answers from here instead of from the graph."""

    def __init__(self, tree: dict[str, Any], honest: dict[str, Any], pages: Sequence[bytes]) -> None:
        super().__init__(_NoGraph(), "map_server", 1.0)  # type: ignore[arg-type]
        self._tree, self._honest, self._pages, self._calls = tree, honest, pages, 0

    def _call(self, request: GetReferences.Request) -> GetReferences.Response:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise EndlessError(f"{self._calls} requests for a map of {len(self._pages)} pages")
        kind = "files" if request.what == GetReferences.Request.FILES else "pages"
        lies = self._tree.get(kind)
        lie = lies.get(str(request.page)) if isinstance(lies, dict) else None
        whole = dict(self._honest[kind].get(request.page, self._honest[kind][0]))
        if isinstance(lie, dict):
            whole |= lie
        elif lie is not None:
            raise NotAnInput
        if kind == "pages" and "data" not in (lie or {}) and request.page < len(self._pages):
            whole["data"] = self._pages[request.page].decode("latin1")
        if whole.get("page_sha256") == "right":
            whole["page_sha256"] = hashlib.sha256(str(whole.get("data", "")).encode("latin1", "replace")).hexdigest()
        return message_of(RESPONSE, whole)


class MapFetch(Target):
    """JSON: the info as it is told, and of each answer the fields that are not as they should be."""

    name, needs, cost = "map_fetch", "rclpy", 10

    def open(self, folder: Path) -> None:
        """Ask an honest server first."""
        make_map(folder / "map")
        served = ServedMap.open(str(folder / "map"), PAGE_BYTES, 0)
        self._info = tree_from(served.info)
        self._pages = [served.pages.page(n).data for n in range(served.pages.page_count)]
        self._honest: dict[str, Any] = {"files": {}, "pages": {}}
        for number in range(len(self._pages)):
            said = answer(served, GetReferences.Request(what=0, page=number), GetReferences.Response())
            self._honest["pages"][number] = {**tree_from(said), "data": ""}
        files = answer(served, GetReferences.Request(what=1, page=0), GetReferences.Response())
        self._honest["files"][0] = tree_from(files)
        self._cache = folder / "cache"

    def seeds(self) -> Sequence[bytes]:
        """Nothing but the truth; and the table of files and one page spelled out."""
        page = {k: v for k, v in self._honest["pages"][1].items() if k != "data"}
        trees = [
            {"info": self._info},
            {"info": self._info, "files": {"0": self._honest["files"][0]}, "pages": {"1": page}},
        ]
        return [json.dumps(tree).encode() for tree in trees]

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Also a page with other bytes and the right checksum."""
        tree = json_tree.loaded(data)
        if isinstance(tree, dict) and random.random() < 0.15:
            number = random.randrange(len(self._pages))
            content = raw.mutate(self._pages[number], [self._pages[0]], random)
            tree["pages"] = {str(number): {"data": content.decode("latin1"), "page_sha256": "right"}}
            return json_tree.dumped(tree)
        for _ in range(random.choice((1, 1, 2))):
            tree = json_tree.changed(tree, random)
        return json_tree.dumped(tree)

    def run(self, data: bytes) -> None:
        """Fetch into an empty cache."""
        tree = tree_of(data)
        if not isinstance(tree, dict):
            raise NotAnInput
        info: MapInfo = message_of(INFO, tree.get("info"))
        shutil.rmtree(self._cache, ignore_errors=True)
        self._cache.mkdir(parents=True)
        (self._cache / ("a" * 64)).mkdir()
        LyingClient(tree, self._honest, self._pages).fetch(info, self._cache, lambda there, count: None)


TARGET = MapFetch()
