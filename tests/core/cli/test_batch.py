"""Real commands, in real processes: one after another, and on Ray with a worker that is killed."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from support.optional import need


def write_list(folder: Path, scene: Path, built_map: Path) -> Path:
    build = f"map build {scene} --source 7scenes --camera 280,160,120 --retrieval vlad --out {{out}}/tiny.map"
    ask = f"eval {built_map} {scene} --source 7scenes --json {{out}}/figures.json --warm-up 0"
    file = folder / "list.txt"
    file.write_text(f"build: {build}\nask: {ask}\nevery-2nd: {ask} --every 2\n")
    return file


def table(out: Path) -> dict[str, dict]:
    return {row["name"]: row for row in json.loads((out / "batch.json").read_text())["items"]}


@pytest.fixture(scope="module")
def listed(scene, built_map, tmp_path_factory):
    return write_list(tmp_path_factory.mktemp("batch"), scene, built_map)


@pytest.fixture(scope="module")
def in_order(listed, tmp_path_factory):
    """The folder of a batch that ran one item after another."""
    from reloc.cli.main import main

    out = tmp_path_factory.mktemp("in_order")
    assert main(["batch", str(listed), "--out", str(out), "--workers", "1"]) == 0
    return out


def test_one_after_another(in_order):
    rows = table(in_order)
    assert list(rows) == ["build", "ask", "every-2nd"]
    assert all(row["status"] == 0 and row["attempts"] == 1 and len(row["content_hash"]) == 64 for row in rows.values())
    assert len({row["content_hash"] for row in rows.values()}) == 3
    assert json.loads((in_order / "every-2nd" / "figures.json").read_text())["queries"] == 2
    assert (in_order / "build" / "tiny.map" / "map.json").exists()
    assert not list(in_order.glob(".*"))


def test_done_items_are_left_out_and_damaged_ones_done_again(cli, listed, in_order):
    figures = in_order / "ask" / "figures.json"
    before = table(in_order)
    figures.write_text(figures.read_text().replace('"answered": 4', '"answered": 3'))
    status, out, _ = cli("batch", listed, "--out", in_order, "--workers", "1")
    assert status == 0
    assert out.count("done before") == 2
    after = table(in_order)
    assert {n: r["content_hash"] for n, r in after.items()} == {n: r["content_hash"] for n, r in before.items()}
    assert after["build"] == before["build"]
    assert json.loads(figures.read_text())["answered"] == 4


def test_a_command_that_fails_is_named_and_the_rest_goes_on(cli, tmp_path, scene, built_map):
    file = tmp_path / "list.txt"
    good = f"eval {built_map} {scene} --source 7scenes --json {{out}}/x.json --limit 1"
    file.write_text(f"bad: eval {tmp_path}/no.map {scene} --source 7scenes --json {{out}}/x.json\ngood: {good}\n")
    status, out, _ = cli("batch", file, "--out", tmp_path / "out", "--workers", "1")
    assert status == 1
    assert "bad: no result. reloc: error:" in out
    assert "no.map" in out
    assert "1 of 2 items have results" in out
    assert table(tmp_path / "out")["good"]["status"] == 0


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("127.0.0.1:1", "Ray at 127.0.0.1:1 cannot be reached: Connection refused"),
        ("somewhere", "--ray somewhere is no address of a host and a port"),
        ("host:99999", "is no address"),
    ],
)
def test_no_cluster_at_the_address(cli, listed, tmp_path, monkeypatch, address, says):
    monkeypatch.setattr("reloc.batch.on_ray.is_installed", lambda: True)  # it is not asked
    status, _, err = cli("batch", listed, "--out", tmp_path / "out", "--ray", address)
    assert status == 2
    assert says in err
    assert "ray start --head" in err


def test_without_ray_the_error_says_how_to_go_on(cli, listed, tmp_path, monkeypatch):
    monkeypatch.setattr("reloc.batch.on_ray.is_installed", lambda: False)
    status, _, err = cli("batch", listed, "--out", tmp_path / "out", "--workers", "2")
    assert status == 2
    assert "Ray is not installed" in err
    assert "--workers 1" in err


class Killer(threading.Thread):
    """Kills the process of the first attempt of an item, or the worker above it."""

    def __init__(self, out: Path, name: str, worker: bool) -> None:
        super().__init__(daemon=True)
        self.out, self.name_of, self.worker, self.killed = out, name, worker, 0

    def run(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for attempt in self.out.glob(f".{self.name_of}.attempt-*"):
                worker = int(attempt.name.rpartition("-")[2])
                children = [pid for pid in _children(worker) if b"reloc.batch.child" in _command(pid)]
                if children:
                    self.killed = worker if self.worker else int(children[0])
                    os.kill(self.killed, signal.SIGKILL)
                    return
            time.sleep(0.02)


def _children(pid: int) -> list[str]:
    return [one for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


@pytest.mark.slow
def test_two_workers_on_ray_and_one_of_them_killed(cli, listed, in_order, tmp_path):
    need("ray", "Ray is not installed: pip install -r requirements/fleet.txt")
    out = tmp_path / "out"
    killer = Killer(out, "build", worker=True)
    killer.start()
    status, printed, err = cli("batch", listed, "--out", out, "--workers", "2")
    killer.join()
    assert killer.killed
    assert status == 0, printed + err
    rows, expected = table(out), table(in_order)
    assert rows["build"]["attempts"] == 2
    assert {n: r["content_hash"] for n, r in rows.items()} == {n: r["content_hash"] for n, r in expected.items()}
    assert not list(out.glob(".*"))


def test_a_killed_process_is_tried_again_without_ray(cli, tmp_path, scene, built_map):
    file, out = tmp_path / "list.txt", tmp_path / "out"
    file.write_text(f"ask: eval {built_map} {scene} --source 7scenes --json {{out}}/x.json --limit 1\n")
    killer = Killer(out, "ask", worker=False)
    killer.start()
    status, printed, _ = cli("batch", file, "--out", out, "--workers", "1")
    killer.join()
    assert status == 0, printed
    assert table(out)["ask"]["attempts"] == 2


def test_a_process_that_is_killed_each_time_is_given_up(cli, tmp_path, scene, built_map, monkeypatch):
    from reloc.batch import work

    monkeypatch.setattr(work, "_run", lambda item, attempt, place: -signal.SIGKILL)
    file, out = tmp_path / "list.txt", tmp_path / "out"
    file.write_text(f"ask: eval {built_map} {scene} --source 7scenes --json {{out}}/x.json\n")
    status, printed, _ = cli("batch", file, "--out", out, "--workers", "1", "--retries", "1")
    assert status == 1
    assert "SIGKILL ended its process" in printed
    assert table(out)["ask"]["attempts"] == 2
