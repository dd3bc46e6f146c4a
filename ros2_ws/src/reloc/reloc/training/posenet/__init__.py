"""The parts of the task ``posenet``: its parameters, its references, its loss, and its way into a model."""
