import cv2
import numpy as np
import pytest

from reloc.errors import ConfigError, CrowdedWorldError, DependencyError, TextureError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.synth import patterns
from reloc.synth.camera_poses import PoseConfig, corner_poses, draw_poses
from reloc.synth.floor_plan import FloorPlan, draw_plan
from reloc.synth.generate import make_world
from reloc.synth.renderer import look, render
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.views import draw_views
from reloc.synth.world import Room

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")
CAMERA = Camera(96, 96, 96.0, 96.0, 47.5, 47.5)
SEEDS = range(6)


@pytest.fixture(scope="module")
def worlds():
    return [make_world(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def poses(worlds):
    return [
        draw_poses(w, CAMERA, 16, np.random.default_rng(i), PoseConfig(manner=("dense", "sparse")[i % 2]))
        for i, w in enumerate(worlds)
    ]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_world():
    one, again, other = (draw_views(seed, count=2, camera=CAMERA) for seed in (7, 7, 8))
    for name in ("images", "depth", "world_from_cam"):
        assert getattr(one, name).tobytes() == getattr(again, name).tobytes()
        assert getattr(one, name).tobytes() != getattr(other, name).tobytes()


def test_worlds_differ_in_rooms_and_hold_much(worlds):
    assert len({w.rooms for w in worlds}) == len(worlds)
    for world in worlds:
        assert len(world.solids.yaw) >= 2
        assert len(world.materials.texture) > 10
        assert np.isfinite(world.light).all()
        np.testing.assert_allclose(np.linalg.norm(world.mesh.normals, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("seed", [942, 3409])
def test_an_annexe_hardly_wider_than_a_door_gets_a_narrow_door(seed):
    plan = draw_plan(np.random.default_rng(seed))
    door, annexe = plan.openings[0], plan.rooms[1]
    assert annexe.y0 < door.start < door.end < annexe.y1


def test_every_pixel_has_a_depth(worlds, poses):
    for world, found in zip(worlds, poses, strict=True):
        for pose in found[:3]:
            assert (look(world, pose, CAMERA).depth > 0.05).all()


def test_no_camera_is_inside_of_anything(worlds, poses):
    """By another way than the sampler's: rays in all directions meet no back, and nothing is nearer than it may be."""
    random = np.random.default_rng(1)
    directions = random.standard_normal((300, 3)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    backs, near = [], []
    for world, found in zip(worlds, poses, strict=True):
        assert (world.solids.distance(found[:, :3, 3]) >= PoseConfig().clearance).all()
        for place in found[:, :3, 3]:
            hits = world.rays.first_hits(np.broadcast_to(place, directions.shape).astype(np.float32), directions)
            assert (hits.triangle >= 0).all()
            backs.append((hits.along_normal & ~world.mesh.thin[hits.triangle]).mean())
            near.append((hits.distance < 0.1).mean())
    assert max(backs) < 0.05  # the open bottom of a pot
    assert max(near) < 0.05


def test_solids_know_their_inside(worlds):
    for world in worlds:
        assert (world.solids.distance(world.solids.centre) == 0.0).all()
        inside = world.solids.centre[0] + [0.0, 0.0, world.solids.half[0, 2] + 0.4]
        assert 0.0 <= world.solids.distance(inside[None])[0] <= 0.4 + 1e-9


def test_projected_pixels_have_the_same_depth_and_colour_in_furnished_worlds(worlds, poses):
    """The sampler's own clusters; colours of one surface agree but where a lamp is mirrored."""
    shares, differences = [], []
    for world, found in zip(worlds[::2], poses[::2], strict=True):
        one, two = found[0], found[1]
        seen, other = look(world, one, CAMERA), look(world, two, CAMERA)
        image, second = render(world, one, CAMERA)[0], render(world, two, CAMERA)[0]
        v, u = np.mgrid[0 : CAMERA.height, 0 : CAMERA.width].reshape(2, -1)
        xyz = np.column_stack([CAMERA.normalize(np.column_stack([u, v])), np.ones(len(u))]) * seen.depth[v, u, None]
        in_two = transforms.transform(transforms.inverse(two) @ one, xyz)
        uv = CAMERA.project(in_two)
        inside = (uv > 1).all(axis=1) & (uv < 94).all(axis=1)
        u, v, uv, in_two = u[inside], v[inside], uv[inside], in_two[inside]
        column, row = np.rint(uv).astype(int).T
        near = np.stack([other.patch[row + i, column + j] for i in (-1, 0, 1) for j in (-1, 0, 1)])
        same = (near == seen.patch[v, u]).all(axis=0)
        maps = uv.astype(np.float32).reshape(1, -1, 2)
        depth = cv2.remap(other.depth, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR)[0]
        shares.append((np.abs(depth - in_two[:, 2]) < 0.01 * depth)[same].mean())
        blended = cv2.remap(second, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR)[0].astype(int)
        differences.append(np.median(np.abs(blended - image[v, u].astype(int)).max(axis=1)[same]))
    assert min(shares) > 0.97
    assert max(differences) <= 6


def test_most_views_have_something_to_match(worlds, poses):
    edges = []
    for world, found in zip(worlds, poses, strict=True):
        for pose in found[::4]:
            gray = cv2.cvtColor(render(world, pose, CAMERA)[0], cv2.COLOR_RGB2GRAY)
            edges.append((np.abs(cv2.Laplacian(gray, cv2.CV_32F)) > 12).mean())
    assert np.median(edges) > 0.05


def test_dense_clusters_are_pairs_as_the_paper_wants_them(worlds):
    config = PoseConfig(cluster=4)
    found = draw_poses(worlds[0], CAMERA, 8, np.random.default_rng(0), config)
    for i in (1, 2, 3):
        relative = transforms.inverse(found[0]) @ found[i]
        assert np.linalg.norm(relative[:3, 3]) <= config.spread_m
        assert np.rad2deg(transforms.angle(relative[:3, :3])) <= config.spread_deg + 1e-6
    assert np.ptp(found[:, 2, 3]) > 0.02


def test_sparse_poses_keep_their_height_and_level(worlds):
    found = draw_poses(worlds[1], CAMERA, 30, np.random.default_rng(0), PoseConfig(manner="sparse"))
    assert np.ptp(found[:, 2, 3]) < 0.2
    assert np.abs(found[:, 2, 0]).max() < 0.1  # the camera's x axis stays level
    yaw = np.arctan2(found[:, 1, 2], found[:, 0, 2])
    assert np.ptp(yaw) > 3.0


def test_corners_look_to_the_middle(worlds):
    world = worlds[3]
    room = max(world.rooms, key=lambda r: r.area)
    found = corner_poses(world, CAMERA, room, np.random.default_rng(0), PoseConfig())
    middle = np.array([0.5 * (room.x0 + room.x1), 0.5 * (room.y0 + room.y1)])
    for pose in found:
        to_middle = middle - pose[:2, 3]
        assert pose[:2, 2] @ to_middle / np.linalg.norm(to_middle) > 0.8
    assert len(np.unique(found[:, :2, 3] > middle, axis=0)) == 4


def test_a_world_without_room_is_said_to_be_crowded():
    tiny = FloorPlan((Room(0.0, 0.0, 0.6, 0.6, 2.4),), ())
    with pytest.raises(CrowdedWorldError, match="another seed"):
        draw_poses(make_world(1, plan=tiny), CAMERA, 1, np.random.default_rng(0), PoseConfig())
    with pytest.raises(ConfigError, match="dense, sparse"):
        PoseConfig(manner="somehow")


def test_textures_from_a_folder_and_a_pattern_for_a_broken_one(tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (90, 140, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), photo)
    (tmp_path / "b.jpg").write_bytes(b"no image")
    (tmp_path / "notes.txt").write_text("neither")
    library = TextureLibrary(tmp_path)
    assert len(library.photos) == 2
    good = library.pyramid(("photo", 0))
    assert np.abs(good[1:257, 1:257].astype(int) - cv2.resize(photo[:, 25:115, ::-1], (256, 256)).astype(int)).max() < 2
    with pytest.warns(UserWarning, match=r"b\.jpg is not an image"):
        stand_in = library.pyramid(("photo", 1))
    assert stand_in.std() > 5
    with pytest.raises(TextureError, match="There is no folder"):
        TextureLibrary(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TextureError, match="There is no photograph"):
        TextureLibrary(tmp_path / "empty")


def test_patterns_fit_at_their_opposite_sides():
    for i, kind in enumerate(patterns.KINDS):
        image = patterns.draw(kind, np.random.default_rng([i, 0])).astype(float)
        again = patterns.draw(kind, np.random.default_rng([i, 0]))
        assert image.astype(np.uint8).tobytes() == again.tobytes()
        if kind in ("plaster", "weave", "marble", "carpet", "blots", "metal", "plastic"):
            seam = np.abs(image[:, 0] - image[:, -1]).mean()
            inner = np.abs(np.diff(image, axis=1)).mean()
            assert seam < 2.0 * inner + 1.0, kind


def test_without_embree_it_says_how_to_get_it(worlds, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "embreex", None)
    with pytest.raises(DependencyError, match="pip install embreex"):
        make_world(0)
