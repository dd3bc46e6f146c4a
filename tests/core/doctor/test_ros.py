from reloc.doctor import ros
from reloc.doctor.finding import CheckState
from reloc.doctor.probe import Probe


def test_without_rclpy_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(ros, "probe_import", lambda module: Probe(False, True, "ModuleNotFoundError"))
    (found,) = ros.check_ros()
    assert found.state is CheckState.ABSENT
    assert "setup.bash" in found.fix
    assert not found.essential


def test_domain_comes_from_the_environment(monkeypatch):
    monkeypatch.setattr(ros, "probe_import", lambda module: Probe(True, False, "7.1.5"))
    monkeypatch.setattr(ros, "run_python", lambda code, *args: Probe(True, False, "stand-in"))
    monkeypatch.setenv("ROS_DOMAIN_ID", "73")
    found = {f.name: f.detail for f in ros.check_ros()}
    assert "73" in found["domain"]
    assert "stand-in" in found["tf2_ros"]


def test_real_and_stand_in_are_told_apart(tmp_path, monkeypatch):
    (tmp_path / "tf_like.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert ros.run_python(ros._IS_REAL, "tf_like", "no_compiled_part").output == "stand-in"
    (tmp_path / "compiled_part.py").write_text("")
    assert ros.run_python(ros._IS_REAL, "tf_like", "compiled_part").output == "real"
