"""Standard benchmarks: the official splits of 7-Scenes, 12-Scenes, Cambridge Landmarks and Indoor-6."""
