import sys

from reloc.doctor.probe import probe_import, run_command, run_python


def test_an_import_that_works_gives_the_version():
    import numpy

    probe = probe_import("numpy")
    assert (probe.works, probe.output) == (True, numpy.__version__)


def test_the_distribution_may_have_another_name():
    assert probe_import("cv2", "no-such-distribution").works


def test_absent_and_broken_are_different(tmp_path, monkeypatch):
    assert probe_import("no_such_package_at_all").absent
    (tmp_path / "broken_package.py").write_text("import ctypes\nctypes.CDLL('libgone.so.7')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    probe = probe_import("broken_package")
    assert (probe.works, probe.absent) == (False, False)
    assert "libgone.so.7" in probe.output


def test_a_crash_is_survived():
    probe = run_python("import os; os.abort()")
    assert (probe.works, probe.absent, probe.output) == (False, False, "killed by signal 6")


def test_a_program_that_is_not_there():
    assert run_command(["no-such-program-at-all"]).absent


def test_the_last_line_counts():
    assert run_command([sys.executable, "-c", "print('a'); print('b'); print()"]).output == "b"
