import pytest

from reloc.doctor import machine
from reloc.doctor.examine import as_text, healthy
from reloc.doctor.finding import CheckResult, CheckState
from reloc.doctor.map_check import check_map
from reloc.doctor.packages import PACKAGES, Package, check_packages
from reloc.doctor.plugin_check import FOLDERS, check_plugins
from reloc.doctor.use import what_is_used

X86 = "processor: 0\nflags\t\t: fpu sse avx2 avx512f avx512_vnni amx_tile amx_bf16 amx_int8\nbugs: none\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd evtstrm aes asimdhp asimddp\n"


def test_flags_of_a_processor():
    assert machine.cpu_flags(X86) == ["AVX2", "AVX-512", "AVX-512 VNNI (int8)", "AMX", "AMX BF16", "AMX int8"]
    assert machine.cpu_flags(ARM) == ["NEON", "NEON fp16", "NEON dot product (int8)"]
    assert machine.cpu_flags("") == []


def test_this_machine_is_found():
    found = {f.name: f for f in machine.check_machine()}
    assert found["python"].state is CheckState.OK
    assert "cores" in found["cpu"].detail


def test_a_missing_package_is_absent_and_says_how_to_get_it():
    optional = Package("no_such_package_at_all", "no-such", "inference", "speed", "pip install no-such")
    needed = Package("no_such_package_at_all", "no-such", "core", "arrays", "pip install no-such", essential=True)
    first, second = check_packages([optional, needed])
    assert (first.state, first.fix) == (CheckState.ABSENT, "pip install no-such")
    assert second.state is CheckState.PROBLEM
    assert healthy([first])
    assert not healthy([first, second])


def test_every_package_says_what_for_and_how():
    assert all(p.use and p.fix for p in PACKAGES)


def test_every_method_is_found_and_loads():
    found = check_plugins()
    assert {f.name.split()[0] for f in found} == set(FOLDERS)
    assert [f for f in found if f.state is CheckState.PROBLEM] == []
    assert "localizer features" in {f.name for f in found}


def test_no_map_is_a_problem_with_a_fix(tmp_path):
    (found,) = check_map(tmp_path / "none")
    assert found.state is CheckState.PROBLEM
    assert "No map at" in found.detail
    assert found.fix
    assert not healthy([found])


@pytest.mark.parametrize(
    ("state", "essential", "verdict"),
    [
        (CheckState.OK, True, "All essential parts work."),
        (CheckState.PROBLEM, False, "All essential parts work."),
        (CheckState.PROBLEM, True, "An essential part is missing."),
    ],
)
def test_the_text_ends_with_what_to_do(state, essential, verdict):
    text = as_text(
        [
            CheckResult(
                "core", "thing", state, "seen", fix="" if state is CheckState.OK else "do this", essential=essential
            )
        ]
    )
    assert verdict in text
    assert ("to fix:\n  thing: do this" in text) == (state is CheckState.PROBLEM)


def test_what_is_used_follows_from_what_is_there():
    there = [CheckResult("x", n, CheckState.OK, n) for n in ("rclpy", "reloc_msgs", "cv_bridge", "pycolmap", "rosbags")]
    stand_in = CheckResult("ros", "tf2_ros", CheckState.OK, "reloc's stand-in (pip_overlay)")
    assert "nodes: rclpy over an unknown middleware; tf2_ros is reloc's stand-in" in "\n".join(
        what_is_used([*there, stand_in])
    )
    without = "\n".join(what_is_used([]))
    assert "nodes: not available" in without
    assert "building maps: not possible here" in without
