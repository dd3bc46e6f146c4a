"""Looks at images with the engine; one that was looked at before need not be looked at again."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace

import numpy as np

from reloc import images
from reloc.datatypes import Answer, LocalFeatures, Localized, Lost, LostReason, Query, Support
from reloc.engine import Engine
from reloc.errors import ImageError
from reloc.kidnap.plan import PlannedLook
from reloc.trust.gate import Verify
from reloc.trust.verification import Verified

_KEPT = 20000  # answers, a few kilobytes each
_WITH_FEATURES = 50  # of them, a quarter of a megabyte each


@dataclass(slots=True, eq=False)
class Seen:
    """The engine's answer to one image, and what it has cost: measured once, the same ever after."""

    answer: Answer
    localize_ms: float
    probability: float | None = None  # of its being right, where nobody verifies it
    features: LocalFeatures | None = None  # of the image, for its verification; of the newest answers only
    verified: dict[int, tuple[Verified | Lost, float]] = field(default_factory=dict)  # by the answer's id


class Seer:
    """The engine, with a memory."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._newest: deque[Seen] = deque()

    def look(self, look: PlannedLook) -> Seen:
        """The answer to a look's image. An image that cannot be read is Lost."""
        known = None if look.key is None else self._seen.get(look.key)
        if known is not None:
            return known
        query = self._query(look)
        start = time.perf_counter()
        full = query if isinstance(query, Lost) else self.engine.localize(query)
        ms = (time.perf_counter() - start) * 1e3
        seen = Seen(_slim(full), ms, self.engine.probability(full))
        if isinstance(full, Localized) and full.features is not None:
            seen.features = full.features
            self._newest.append(seen)
            if len(self._newest) > _WITH_FEATURES:
                self._newest.popleft().features = None
        if look.key is not None:
            self._seen[look.key] = seen
            if len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return seen

    def verifier(self, look: PlannedLook, seen: Seen, cost_ms: list[float]) -> Verify | None:
        """What the gate asks of an answer, as in the node; what it has cost is appended to ``cost_ms``."""
        if self.engine.verifier is None or isinstance(seen.answer, Lost):
            return None

        def verify(answer: Localized) -> Verified | Lost:
            known = seen.verified.get(id(answer))
            if known is None:
                query = self._query(look)
                start = time.perf_counter()
                found: Verified | Lost
                if isinstance(query, Lost):
                    found = query
                else:
                    found = self.engine.verify(query, replace(answer, features=seen.features))
                known = _slim_verified(found), (time.perf_counter() - start) * 1e3
                if answer is seen.answer:  # another one's id may come again
                    seen.verified[id(answer)] = known
            cost_ms.append(known[1])
            return known[0]

        return verify

    def _query(self, look: PlannedLook) -> Query | Lost:
        try:
            image = look.load()
        except ImageError as error:
            return Lost(LostReason.BAD_IMAGE, str(error))
        return Query(images.to_gray(image) if self.engine.wants == "gray" else image, look.camera, look.stamp_ns)


def _slim(answer: Answer) -> Answer:
    """Without the key points."""
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
