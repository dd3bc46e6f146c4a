import cv2
import numpy as np
import pytest
from support.tiny_world import look_at

from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.synth.mesh_builder import Material, MeshBuilder, place
from reloc.synth.renderer import look, render, render_depth
from reloc.synth.texture_atlas import TextureAtlas, pyramid
from reloc.synth.world import Lamps, Materials, Room, World

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")
CAMERA = Camera(96, 80, 80.0, 82.0, 46.5, 40.25)


def small_world(light=0.4):
    """A box of 4 x 3 x 2.5 m, seen from inside, with a smaller box and a ball in it."""
    random = np.random.default_rng(5)
    coarse = np.kron(random.integers(0, 256, (16, 16, 3)), np.ones((16, 16, 1))).astype(np.uint8)
    builder = MeshBuilder(random)
    for corner, right, up in (
        ((0, 0, 0), (4, 0, 0), (0, 3, 0)),
        ((0, 3, 2.5), (4, 0, 0), (0, -3, 0)),
        ((0, 3, 0), (4, 0, 0), (0, 0, 2.5)),
        ((4, 0, 0), (-4, 0, 0), (0, 0, 2.5)),
        ((0, 0, 0), (0, 3, 0), (0, 0, 2.5)),
        ((4, 3, 0), (0, -3, 0), (0, 0, 2.5)),
    ):
        builder.sheet(corner, right, up, Material(0, 2.0), origin=(0.0, 0.0))
    builder.box((0.5, 0.6, 0.7), (0, 0, 0.35), Material(0, 1.0), place(1.0, 2.2, 0, 0.4))
    ball = [(0.3 * np.sin(a), 0.3 - 0.3 * np.cos(a)) for a in np.linspace(0, np.pi, 12)]
    ball[0], ball[-1] = (0.0, ball[0][1]), (0.0, ball[-1][1])
    builder.lathe(ball, Material(0, 1.0), place(2.5, 2.4), smooth=True, sides=32)
    mesh = builder.mesh()
    return World(
        mesh=mesh,
        materials=Materials(
            np.zeros(1, np.int32), np.ones((1, 3), np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32)
        ),
        textures=TextureAtlas([pyramid(coarse)]),
        light=np.full_like(mesh.vertices, light),
        lamps=Lamps(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)),
        rooms=(Room(0, 0, 4, 3, 2.5),),
        solids=builder.solids(),
    )


@pytest.fixture(scope="module")
def world():
    return small_world()


def test_a_wall_straight_ahead_has_its_distance_as_depth(world):
    _, depth = render(world, look_at(np.array([3.0, 1.0, 1.2]), np.array([3.0, 3.0, 1.2])), CAMERA)
    np.testing.assert_allclose(depth[40, 46], 2.0, atol=1e-5)
    assert depth.dtype == np.float32
    assert depth.min() > 0.0


def test_faces_look_outward(world):
    """Rays from the free middle meet no back."""
    random = np.random.default_rng(0)
    directions = random.standard_normal((2000, 3)).astype(np.float32)
    hits = world.rays.first_hits(np.full((2000, 3), (2.0, 1.0, 1.2), np.float32), directions)
    assert (hits.triangle >= 0).all()
    assert not hits.along_normal.any()


def test_pixels_of_one_view_are_found_in_another_with_their_depth_and_colour(world):
    one = look_at(np.array([2.8, 0.5, 1.4]), np.array([1.6, 3.0, 0.9]))
    two = look_at(np.array([2.3, 0.8, 1.1]), np.array([1.4, 3.0, 1.0])) @ transforms.make(
        transforms.so3_exp([0.05, 0.02, 0.2]), [0, 0, 0]
    )
    (image, depth), (other, _) = render(world, one, CAMERA), render(world, two, CAMERA)
    seen, at = look(world, one, CAMERA), look(world, two, CAMERA)
    v, u = np.mgrid[2 : CAMERA.height - 2, 2 : CAMERA.width - 2].reshape(2, -1)
    xyz = np.column_stack([CAMERA.normalize(np.column_stack([u, v])), np.ones(len(u))]) * depth[v, u, None]
    in_two = transforms.transform(transforms.inverse(two) @ one, xyz)
    uv = CAMERA.project(in_two)
    inside = (uv > 1).all(axis=1) & (uv < (CAMERA.width - 3, CAMERA.height - 3)).all(axis=1)
    u, v, uv, in_two = u[inside], v[inside], uv[inside], in_two[inside]
    # exact: a ray through that very point meets the same surface at the same depth, unless something is before it
    directions = (transforms.make(two[:3, :3], [0, 0, 0]) @ np.column_stack([in_two, np.ones(len(in_two))]).T).T
    hits = world.rays.first_hits(
        np.broadcast_to(two[:3, 3].astype(np.float32), (len(uv), 3)), directions[:, :3].astype(np.float32)
    )
    visible = hits.distance > 0.999
    assert visible.mean() > 0.8
    np.testing.assert_allclose(hits.distance[visible], 1.0, atol=1e-4)
    # and the images agree, away from edges of surfaces and of the texture's squares
    column, row = np.rint(uv).astype(int).T
    near = np.stack([at.patch[row + i, column + j] for i in (-1, 0, 1) for j in (-1, 0, 1)])
    one_surface = visible & (near == seen.patch[v, u]).all(axis=0)
    assert one_surface.sum() > 2000
    maps = uv.astype(np.float32).reshape(1, -1, 2)
    blended = cv2.remap(other, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR)[0]
    difference = np.abs(image[v, u].astype(int) - blended.astype(int)).max(axis=1)[one_surface]
    assert np.median(difference) <= 3
    wrong = np.abs(np.roll(image, 9, axis=1)[v, u].astype(int) - other[row, column].astype(int)).max(axis=1)
    assert np.median(wrong) > 30


def test_depth_alone_is_that_of_the_picture(world):
    pose = look_at(np.array([2.0, 1.0, 1.2]), np.array([0.5, 3.0, 0.8]))
    np.testing.assert_array_equal(render_depth(world, pose, CAMERA), render(world, pose, CAMERA)[1])


def test_it_is_deterministic(world):
    pose = look_at(np.array([3.0, 1.0, 1.2]), np.array([1.0, 2.0, 0.5]))
    first, second = render(world, pose, CAMERA), render(small_world(), pose, CAMERA)
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()


def test_more_light_is_a_brighter_image(world):
    pose = look_at(np.array([3.0, 1.0, 1.2]), np.array([1.0, 2.0, 0.5]))
    assert render(small_world(0.1), pose, CAMERA)[0].mean() < 0.75 * render(world, pose, CAMERA)[0].mean()
