"""PoseNet: the pose regressed from the image by a network that was trained on the map."""

from reloc.localizers.posenet.localizer import PoseNet

PLUGIN = PoseNet
