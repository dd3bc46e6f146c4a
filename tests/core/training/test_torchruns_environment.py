"""What torchrun sets in the environment may be set by others, too."""

import pytest

from reloc.errors import TrainingError
from reloc.training.distributed import world


@pytest.mark.parametrize("name", ["RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"])
@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "9" * 5000, "\u0663"])
def test_numbers_that_torchrun_does_not_set_are_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(TrainingError, match=name), world("cpu"):
        pass


def test_processes_without_a_meeting_point_are_named(monkeypatch):
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainingError, match="cannot join the 2 processes"), world("cpu"):
        pass


def test_a_process_alone_is_the_first(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    with world("cpu", threads=1) as alone:
        assert (alone.rank, alone.size, alone.writes) == (0, 1, True)
