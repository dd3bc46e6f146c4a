from pathlib import Path

import pytest

from reloc.batch import items
from reloc.errors import ConfigError


def listed(folder: Path, text: str) -> tuple[items.WorkItem, ...]:
    file = folder / "list.txt"
    file.write_text(text)
    return items.read(file)


def test_a_list(tmp_path: Path) -> None:
    text = (
        "# drives\n\nhall: map build 'a b.mcap' --out {out}/hall.map  # the long one\nworld-5:eval m q --json {out}/x"
    )
    hall, world = listed(tmp_path, text)
    assert (hall.name, world.name) == ("hall", "world-5")
    assert hall.command(Path("/r")) == ["map", "build", "a b.mcap", "--out", "/r/hall.map"]
    assert world.command(Path("/r"))[-1] == "/r/x"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no command"),
        ("# nothing\n", "holds no command"),
        ("map build x", "line 1: 'map build x' does not begin with a name"),
        ("../up: eval m q --json {out}/x", "does not begin with a name"),
        ("a: eval m q --json {out}/x\na: eval m q --json {out}/y", "line 2: the name a occurs twice"),
        ("a: doctor {out}", "'doctor {out}' cannot run in a batch. Use one of: map build, eval, kidnap-test"),
        ("a: batch list.txt --out {out}", "cannot run in a batch"),
        ("a: map", "cannot run in a batch"),
        ("a: eval m q", "it has no {out}"),
        ("a: eval 'm q --json {out}/x", "No closing quotation. Close the quotes"),
        ("a: eval \0", "holds NUL bytes"),
    ],
)
def test_lists_that_cannot_run(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        listed(tmp_path, text)
    assert says in str(caught.value)


def test_a_list_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is missing"):
        items.read(tmp_path / "none.txt")
