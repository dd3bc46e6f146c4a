"""Retrieval: one file a global descriptor, the index, and the choice of candidates."""

NOT_PLUGINS = ("index", "diversify", "retriever", "descriptor", "aggregation", "whitening")
