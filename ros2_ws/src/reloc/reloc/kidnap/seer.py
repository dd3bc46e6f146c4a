"""Looks at images with the engine; one that was looked at before need not be looked at again."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import numpy as np

from reloc import images
from reloc.datatypes import Answer, Localized, Lost, LostReason, Query, Support
from reloc.engine import Engine
from reloc.errors import ImageError
from reloc.kidnap.plan import Look
from reloc.trust.gate import Verify
from reloc.trust.verification import Verified

_KEPT = 20000  # answers, a few kilobytes each


@dataclass(slots=True, eq=False)
class Seen:
    """The engine's answer to one image, and what it has cost: measured once, the same ever after."""

    answer: Answer
    localize_ms: float
    verified: dict[int, tuple[Verified | Lost, float]] = field(default_factory=dict)  # by the answer's id


class Seer:
    """The engine, with a memory."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def look(self, look: Look) -> Seen:
        """The answer to a look's image. An image that cannot be read is Lost."""
        known = None if look.key is None else self._seen.get(look.key)
        if known is not None:
            return known
        query = self._query(look)
        start = time.perf_counter()
        answer = query if isinstance(query, Lost) else _slim(self.engine.localize(query))
        seen = Seen(answer, (time.perf_counter() - start) * 1e3)
        if look.key is not None:
            self._seen[look.key] = seen
            if len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return seen

    def verifier(self, look: Look, seen: Seen, cost_ms: list[float]) -> Verify | None:
        """What the gate asks of an answer, as in the node; what it has cost is appended to ``cost_ms``."""
        if self.engine.verifier is None or isinstance(seen.answer, Lost):
            return None

        def verify(answer: Localized) -> Verified | Lost:
            known = seen.verified.get(id(answer))
            if known is None:
                query = self._query(look)
                start = time.perf_counter()
                found = query if isinstance(query, Lost) else self.engine.verify(query, answer)
                known = found, (time.perf_counter() - start) * 1e3
                if answer is seen.answer:  # another one's id may come again
                    seen.verified[id(answer)] = known
            cost_ms.append(known[1])
            return known[0]

        return verify

    def _query(self, look: Look) -> Query | Lost:
        try:
            image = look.load()
        except ImageError as error:
            return Lost(LostReason.BAD_IMAGE, str(error))
        return Query(images.to_gray(image) if self.engine.wants == "gray" else image, look.camera, look.stamp_ns)


def _slim(answer: Answer) -> Answer:
    """Without the key points, of which nothing here asks."""
    if answer.support is None:
        return answer
    support: Support = replace(answer.support, uv_inliers=np.zeros((0, 2), np.float32))
    return replace(answer, support=support)
