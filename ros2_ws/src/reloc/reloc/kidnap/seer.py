"""Localize images with the engine, and remember the answers."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace

import numpy as np

from reloc import images
from reloc.datatypes import Answer, LocalFeatures, Localized, Lost, LostReason, Query, Support, UInt8
from reloc.engine import Engine
from reloc.errors import ImageError
from reloc.kidnap.plan import PlannedLook
from reloc.trust.verification import Verified
from reloc.trust.view import glimpse

_KEPT = 20000  # remembered answers, a few kilobytes each, and small images, 20 kilobytes each
_WITH_FEATURES = 50  # remembered answers with local features, a quarter of a megabyte each


@dataclass(slots=True, eq=False)
class Remembered:
    """The engine's answer to one image, and its cost, measured once."""

    answer: Answer
    localize_ms: float
    features: LocalFeatures | None = None  # local features of the image, for verification; only for the newest answers
    verified: dict[int, tuple[Verified | Lost, float]] = field(default_factory=dict)  # results by the answer's id


class Seer:
    """An engine with a memory: :class:`reloc.engine.Answering` for looks instead of queries."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._remembered: OrderedDict[str, Remembered] = OrderedDict()
        self._glimpses: OrderedDict[str, UInt8] = OrderedDict()
        self._newest: deque[Remembered] = deque()
        self._now: Remembered | None = None  # the result of the last look
        self._cost_ms = 0.0

    @property
    def verifies(self) -> bool:
        """Whether the engine verifies its answers."""
        return self.engine.verifies

    def localize(self, look: PlannedLook) -> Answer:
        """Return the answer to a look's image. An unreadable image is Lost."""
        self._now = self._remember(look)
        self._cost_ms += self._now.localize_ms
        return self._now.answer

    def verify(self, look: PlannedLook, answer: Localized) -> Verified | Lost:
        """Verify an answer to the last localized look."""
        now = self._now
        assert now is not None
        known = now.verified.get(id(answer))
        if known is None:
            query = self._query(look)
            start = time.perf_counter()
            found: Verified | Lost
            if isinstance(query, Lost):
                found = query
            else:
                found = self.engine.verify(query, replace(answer, features=now.features))
            known = _slim_verified(found), (time.perf_counter() - start) * 1e3
            if answer is now.answer:  # another answer may have the same id
                now.verified[id(answer)] = known
        self._cost_ms += known[1]
        return known[0]

    def glimpse(self, look: PlannedLook) -> UInt8 | None:
        """Return the look's image in a small size; None if it cannot be read."""
        known = None if look.key is None else self._glimpses.get(look.key)
        if known is not None:
            return known
        try:
            small = glimpse(look.load())
        except ImageError:
            return None
        if look.key is not None:
            self._glimpses[look.key] = small
            if len(self._glimpses) > _KEPT:
                self._glimpses.popitem(last=False)
        return small

    def take_cost_ms(self) -> float:
        """Return the cost of localizing and verifying since the last call."""
        cost_ms, self._cost_ms = self._cost_ms, 0.0
        return cost_ms

    def _remember(self, look: PlannedLook) -> Remembered:
        known = None if look.key is None else self._remembered.get(look.key)
        if known is not None:
            return known
        query = self._query(look)
        start = time.perf_counter()
        full = query if isinstance(query, Lost) else self.engine.localize(query)
        seen = Remembered(_slim(full), (time.perf_counter() - start) * 1e3)
        if isinstance(full, Localized) and full.features is not None:
            seen.features = full.features
            self._newest.append(seen)
            if len(self._newest) > _WITH_FEATURES:
                self._newest.popleft().features = None
        if look.key is not None:
            self._remembered[look.key] = seen
            if len(self._remembered) > _KEPT:
                self._remembered.popitem(last=False)
        return seen

    def _query(self, look: PlannedLook) -> Query | Lost:
        try:
            image = look.load()
        except ImageError as error:
            return Lost(LostReason.BAD_IMAGE, str(error))
        return Query(images.to_gray(image) if self.engine.wants == "gray" else image, look.camera, look.stamp_ns)


def _slim(answer: Answer) -> Answer:
    """Return the answer without the key points."""
    if isinstance(answer, Localized):
        return replace(answer, support=_without_pixels(answer.support), features=None)
    return answer if answer.support is None else replace(answer, support=_without_pixels(answer.support))


def _slim_verified(found: Verified | Lost) -> Verified | Lost:
    if isinstance(found, Lost):
        return found
    refined = None if found.refined is None else replace(found.refined, features=None)
    return replace(found, answer=_slim(found.answer), refined=refined)


def _without_pixels(support: Support) -> Support:
    return replace(support, uv_inliers=np.zeros((0, 2), np.float32))
