"""Processes that are killed or stopped."""

from __future__ import annotations

import signal
import time

from parts.fault_scene import Row, cached, scene


def localizer_killed() -> Row:
    """SIGKILL of the localizer while it tracks, then a restart: the map comes from the cache."""
    with scene() as s:
        s.mark()
        s.nodes["localizer"].kill()
        before = cached(s.cache)
        since = time.monotonic()
        s.start_localizer()
        row = s.row("localizer_killed", "localizer killed while it tracks, started again", since, "map in the cache")
        return row if cached(s.cache) == before else _lost(row, "the cache changed")


def server_killed() -> Row:
    """SIGKILL of the map server while the localizer tracks. Nothing needs the server any more."""
    with scene() as s:
        s.mark()
        s.nodes["map_server"].kill()
        since = time.monotonic()
        time.sleep(3)
        s.start_server()
        return s.row(
            "server_killed", "map server killed while the localizer tracks, started again", since, "map in use"
        )


def server_killed_in_fetch() -> Row:
    """SIGKILL of the map server during a fetch, then a restart: the fetch continues."""
    with scene(start=False, ballast=True) as s:
        s.start_server(page_bytes=1 << 16)
        s.mark()
        s.start_localizer(transfer_timeout=1.0)
        began = s.wait_until(lambda: any(s.cache.glob("*.partial/compiled")))
        s.nodes["map_server"].kill()
        time.sleep(2)
        since = time.monotonic()
        s.start_server(page_bytes=1 << 16)
        row = s.row(
            "server_killed_in_fetch", "map server killed during a fetch, started again", since, "pages that had come"
        )
        return row if began else _lost(row, "the fetch was over before")


def localizer_killed_in_fetch() -> Row:
    """SIGKILL of the localizer during a fetch, then a restart: the fetch continues."""
    with scene(start=False, ballast=True) as s:
        s.start_server(page_bytes=1 << 16)
        s.mark()
        s.start_localizer()
        s.wait_until(lambda: any(s.cache.glob("*.partial/compiled")))
        s.nodes["localizer"].kill()
        there = sum(f.stat().st_size for f in s.cache.glob("*.partial/**/*") if f.is_file())
        since = time.monotonic()
        s.start_localizer()
        row = s.row(
            "localizer_killed_in_fetch", "localizer killed during a fetch, started again", since, "pages that had come"
        )
        return row if there > 0 else _lost(row, "nothing had come yet")


def server_stopped_in_fetch() -> Row:
    """SIGSTOP of the map server during a fetch for 5 s, like a network that drops everything."""
    with scene(start=False, ballast=True) as s:
        s.start_server(page_bytes=1 << 16)
        s.mark()
        s.start_localizer(transfer_timeout=1.0)
        s.wait_until(lambda: any(s.cache.glob("*.partial/compiled")))
        s.nodes["map_server"].send(signal.SIGSTOP)
        time.sleep(5)
        since = time.monotonic()
        s.nodes["map_server"].send(signal.SIGCONT)
        return s.row(
            "server_stopped_in_fetch", "map server stands still for 5 s during a fetch", since, "pages that had come"
        )


def localizer_stopped() -> Row:
    """SIGSTOP of the localizer for 5 s: it continues with old images."""
    with scene() as s:
        s.mark()
        s.nodes["localizer"].send(signal.SIGSTOP)
        time.sleep(5)
        since = time.monotonic()
        s.nodes["localizer"].send(signal.SIGCONT)
        return s.row("localizer_stopped", "localizer stands still for 5 s", since, "map in use")


def _lost(row: Row, problem: str) -> Row:
    return Row(row.name, row.done, row.state, row.published, row.until_right_s, row.kept, (*row.problems, problem))
