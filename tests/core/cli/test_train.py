import subprocess
import sys

import pytest
from support.tiny_world import build_tiny_map


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return build_tiny_map(tmp_path_factory.mktemp("train"), "none", "vlad")


def test_help_shows_how_and_imports_no_torch():
    code = "import sys; from reloc.cli.main import main\ntry: main(['train', '--help'])\nexcept SystemExit: pass\n"
    shown = subprocess.run(
        [sys.executable, "-c", code + "print('torch' in sys.modules)"], capture_output=True, text=True, check=True
    ).stdout
    assert "torchrun --nproc-per-node 4 -m reloc.cli.main train" in shown
    assert "--resume" in shown
    assert shown.splitlines()[-1] == "False"


def test_without_torch_it_says_how_to_get_it(cli, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *args: None)
    for command in (
        ("train", "posenet", "x.map", "--out", "run"),
        ("train", "--resume", "run"),
        ("export", "run", "--out", "x"),
    ):
        status, _, err = cli(*command)
        assert status == 2
        assert "PyTorch" in err
        assert "make train-setup" in err


class TestWithTorch:
    @pytest.fixture(autouse=True)
    def _torch(self):
        pytest.importorskip("torch", reason="torch is not installed: make train-setup")

    def test_the_help_of_a_task_shows_its_options_and_the_trainers(self, capsys):
        from reloc.cli.main import main

        with pytest.raises(SystemExit) as ended:
            main(["train", "support.small_task", "--help"])
        shown = capsys.readouterr().out
        assert ended.value.code == 0
        assert "Where is the blob?" in shown
        for option in ("--dropout X", "--steps N", "--patience N", "--clip-norm X", "--out RUN"):
            assert option in shown

    def test_from_a_map_to_a_report_and_no_further_when_it_is_done(self, cli, tiny, tmp_path):
        run = tmp_path / "run"
        status, out, err = cli("train", "support.small_task", tiny, "--out", run, "--steps", 20, "--device", "cpu")
        assert status == 0, err
        assert "finished after 20 steps" in out
        assert f"reloc export {run}" in out
        assert (run / "report.html").is_file()
        status, out, _ = cli("train", "--resume", run)
        assert status == 0
        assert "finished after 20 steps" in out
        status, _, err = cli("train", "support.small_task", tiny, "--out", run)
        assert status == 2
        assert "--resume" in err

    def test_a_map_that_is_another_one_by_now(self, cli, tiny, tmp_path):
        run = tmp_path / "run"
        assert cli("train", "support.small_task", tiny, "--out", run, "--steps", 5)[0] == 0
        other = build_tiny_map(tmp_path, "triangulate", "vlad")
        status, _, err = cli("train", "--map", other, "--resume", run)
        assert status == 2
        assert "not the one that" in err

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            (("train",), "--resume RUN"),
            (("train", "no_such", "x.map", "--out", "run"), "Nothing in reloc.training.tasks is named 'no_such'"),
            (("train", "support.small_task", "no.map", "--out", "run"), "no.map"),
            (("train", "--resume", "nowhere"), "no training run"),
            (("train", "support.small_task", "x.map", "--out", "run", "--dropout", "2"), "dropout=2.0 is out of range"),
        ],
    )
    def test_what_cannot_be_is_said(self, cli, monkeypatch, tmp_path, command, words):
        monkeypatch.chdir(tmp_path)
        status, _, err = cli(*command)
        assert status == 2
        assert words in err
        assert not (tmp_path / "run").exists()
