import re
import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from reloc.cli import main
from reloc.cli.parsing import command_parser
from reloc.errors import MapNotFoundError


def reloc(*args, **kwargs):
    """Run the command as a process."""
    command = [sys.executable, "-m", "reloc.cli.main", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **kwargs)


COMMANDS = sorted(name.replace("_", "-") for name in main.command_files())


def test_help_lists_every_command_and_a_first_run():
    done = reloc("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert re.search(rf"\n    {name}\s", done.stdout)
    assert "reloc map build" in done.stdout


def test_help_loads_nothing_heavy():
    code = (
        "import sys, reloc.cli.main as m; m.build_parser();"
        "print([n for n in ('numpy', 'cv2', 'scipy', 'matplotlib', 'pycolmap', 'rclpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_by_examples(name):
    done = reloc(name, "--help")
    assert done.returncode == 0, done.stderr
    if name not in ("map", "models"):  # which have sub-commands of their own
        assert "examples:" in done.stdout
    assert f"reloc {name} " in done.stdout


def test_no_command_and_an_unknown_one_are_usage_errors():
    assert reloc().returncode == 2
    done = reloc("fly")
    assert done.returncode == 2
    assert "invalid choice: 'fly'" in done.stderr


def test_a_usage_error_is_not_hidden_by_forty_options(capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(["map", "build", "scene"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "reloc map build: error: the following arguments are required: --out\n"
        "`reloc map build --help` shows the usage\n"
    )


def test_an_error_is_one_clear_line_and_status_2(tmp_path):
    done = reloc("localize", str(tmp_path / "nothing"), "photo.jpg")
    assert done.returncode == 2
    assert done.stderr.startswith("reloc: error: No map at ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def parser_that(run, monkeypatch):
    """Make ``reloc try`` call ``run``."""

    def build():
        parser = command_parser.argparse.ArgumentParser()
        subparsers = parser.add_subparsers(parser_class=command_parser.LazyParser)
        command_parser.add_command(subparsers, "try", run, "a trial", examples="reloc try")
        return parser

    monkeypatch.setattr(main, "build_parser", build)


def raiser(error):
    def run(args):
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (MapNotFoundError("No map at x", "Build one"), 2, "reloc: error: No map at x. Build one"),
        (ModuleNotFoundError("No module named 'pycolmap'", name="pycolmap.deep"), 2, "'pycolmap' is not installed"),
        (
            ModuleNotFoundError("No module named 'geometry_msgs'", name="geometry_msgs.msg"),
            2,
            "source your ROS 2 workspace",
        ),
        (ModuleNotFoundError("No module named 'rclpy'", name="rclpy"), 2, "source your ROS 2 workspace"),
        (ModuleNotFoundError("No module named 'faiss'", name="faiss"), 2, "`reloc doctor` shows how"),
        (OSError(28, "No space left on device", "/maps/m"), 2, "reloc: error: /maps/m: No space left on device"),
        (
            OSError(28, "No space left on device"),
            2,
            "No space left on device. The disk is full: free disk space",
        ),
        (OSError("512 requested and 0 written"), 2, "reloc: error: 512 requested and 0 written"),  # numpy's
        (MemoryError("Unable to allocate 9 TiB"), 2, "reloc: error: the memory is full (Unable to allocate 9 TiB)"),
        (OSError(30, "Read-only file system", b"/maps/m"), 2, "/maps/m: Read-only file system"),
        (PermissionError(13, "Permission denied", "/maps/m"), 2, "Use a place where you may read and write"),
        (OSError(24, "Too many open files"), 2, "ulimit -n"),
        (OSError(36, "File name too long", "/x"), 2, "Use shorter names"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_how_a_command_ends_badly(error, status, words, monkeypatch, capsys):
    parser_that(raiser(error), monkeypatch)
    assert main.main(["try"]) == status
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("error", [ModuleNotFoundError("x", name="reloc.gone"), ZeroDivisionError()])
def test_a_bug_of_ours_is_not_hidden(error, monkeypatch):
    parser_that(raiser(error), monkeypatch)
    with pytest.raises(type(error)):
        main.main(["try"])


def test_status_of_the_command_is_returned(monkeypatch):
    parser_that(lambda args: 1, monkeypatch)
    assert main.main(["try"]) == 1


def test_a_closed_pipe_is_no_traceback():
    command = f"{sys.executable} -m reloc.cli.main localize --help | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["--version", "--help", "map info nothing", "localize --help", "models"])
@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", "> /dev/full", "2> /dev/full"])
def test_streams_that_are_closed_or_full_are_no_traceback(words, streams, tmp_path):
    script = f"{sys.executable} -m reloc.cli.main {words} {streams}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode in (0, 2)
    if streams == "> /dev/full" and "help" in words:
        assert (done.returncode, "No space left on device" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_does_not_take_the_number_of_a_closed_stream(tmp_path):
    code = "from reloc import standard_streams; standard_streams.open_closed(); "
    code += f"import os; file = open({str(tmp_path / 'x')!r}, 'w'); os.write(1, b'by a library'); print('by Python')"
    done = subprocess.run(["bash", "-c", f'{sys.executable} -c "{code}" >&-'], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "x").read_bytes() == b""


def with_entry_points(monkeypatch, *entries):
    monkeypatch.setattr(main, "entry_points", lambda group: [EntryPoint(n, v, group) for n, v in entries])


def test_without_ros_replay_says_what_is_missing(monkeypatch, capsys):
    with_entry_points(monkeypatch)
    assert main.main(["replay", "--rate", "2", "some.mcap"]) == 2
    message = capsys.readouterr().err
    assert "reloc_node" in message
    assert "ROS 2" in message


def test_a_package_that_cannot_be_imported_says_so_in_its_command_only(monkeypatch, capsys):
    with_entry_points(monkeypatch, ("replay", "no_such_package.module:register"))
    assert main.main(["replay", "some.mcap"]) == 2
    assert "no_such_package" in capsys.readouterr().err
    with pytest.raises(SystemExit) as exit_of_help:
        main.main(["doctor", "--help"])
    assert exit_of_help.value.code == 0


def test_a_package_adds_its_command(monkeypatch, tmp_path, capsys):
    (tmp_path / "greeting.py").write_text(
        "from reloc.cli.parsing.command_parser import add_command\n"
        "def register(subparsers):\n"
        "    add_command(subparsers, 'greet', lambda args: print('hello') or 0, 'say hello', examples='reloc greet')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with_entry_points(monkeypatch, ("greet", "greeting:register"))
    assert main.main(["greet"]) == 0
    assert capsys.readouterr().out == "hello\n"


def test_arguments_are_added_only_for_the_chosen_command(capsys):
    filled = []
    parser = command_parser.argparse.ArgumentParser()
    subparsers = parser.add_subparsers(parser_class=command_parser.LazyParser)
    for name in ("one", "two"):
        command_parser.add_command(
            subparsers, name, lambda args: 0, name, arguments=lambda p, n=name: filled.append(n), examples="x"
        )
    parser.parse_args(["two"])
    assert filled == ["two"]
