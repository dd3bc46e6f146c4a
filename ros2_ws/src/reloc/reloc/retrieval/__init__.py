"""Retrieval: one file per global descriptor, the index, and the choice of candidates."""

NOT_PLUGINS = (
    "by_pose",
    "index",
    "indexed",
    "stored",
    "diversify",
    "retriever",
    "descriptor",
    "aggregation",
    "whitening",
)
