"""Check Python packages: one table, one check for all."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from reloc.doctor.finding import CheckResult, CheckState
from reloc.doctor.probe import Probe, probe_import


@dataclass(frozen=True, slots=True)
class Package:
    """One package and its purpose."""

    module: str
    distribution: str
    group: str
    use: str
    fix: str
    essential: bool = False


def _pip(module: str, group: str, use: str, distribution: str = "", essential: bool = False) -> Package:
    distribution = distribution or module
    return Package(module, distribution, group, use, f"pip install {distribution}", essential)


PACKAGES = (
    _pip("numpy", "core", "arrays", essential=True),
    _pip("scipy", "core", "optimization, statistics", essential=True),
    _pip("cv2", "core", "images, key points", "opencv-python-headless", essential=True),
    _pip("poselib", "core", "minimal solvers, LO-RANSAC", essential=True),
    _pip("msgspec", "core", "checks JSON against its schema", essential=True),
    _pip("threadpoolctl", "core", "prevents thread conflicts between libraries", essential=True),
    _pip("faiss", "core", "search of global descriptors", "faiss-cpu", essential=True),
    _pip("pycolmap", "map building", "triangulation; reads COLMAP models. Not needed on the robot"),
    _pip("rosbags", "map building", "reads and writes rosbag2, without ROS"),
    _pip("nacl", "signed maps", "reloc map sign, verify; map_public_key", distribution="pynacl"),
    _pip("matplotlib", "reports", "figures"),
    _pip("jinja2", "reports", "HTML pages"),
    _pip("viser", "pages in the browser", "reloc view, the page of reloc watch"),
    _pip("ray", "many drives", "reloc batch on several cores or machines; without it, one after another"),
    _pip("openvino", "inference", "networks on Intel and AMD processors, the fastest there"),
    _pip("onnxruntime", "inference", "networks on any processor"),
    Package(
        "tensorrt",
        "tensorrt",
        "inference",
        "networks on NVIDIA GPUs",
        "part of JetPack: sudo apt install python3-libnvinfer; on a desktop: pip install tensorrt",
    ),
    _pip("embreex", "training", "renders synthetic worlds, on x86-64; not needed on the robot"),
    _pip("torch", "training", "trains networks; not needed on the robot"),
)


def check_packages(packages: Sequence[Package] = PACKAGES) -> list[CheckResult]:
    """Import each package in a process of its own, some in parallel."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        probes = pool.map(lambda p: probe_import(p.module, p.distribution), packages)
        return [_finding(package, probe) for package, probe in zip(packages, probes, strict=True)]


def _finding(package: Package, probe: Probe) -> CheckResult:
    if probe.works:
        state, detail = CheckState.OK, probe.output
    elif probe.absent and not package.essential:
        state, detail = CheckState.ABSENT, "not installed"
    else:
        state, detail = CheckState.PROBLEM, "not installed" if probe.absent else f"import fails: {probe.output}"
    fix = "" if state is CheckState.OK else package.fix
    return CheckResult(package.group, package.module, state, detail, package.use, fix, package.essential)
