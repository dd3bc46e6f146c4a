"""Local features, one file a kind, and what works on any of them: extractor, descriptors, matching."""

NOT_PLUGINS = (
    "by_network",
    "dense_rootsift",
    "descriptors",
    "dual_softmax",
    "extractor",
    "matcher",
    "matching",
    "network",
)
