"""The parts of the task ``posenet``: parameters, references, loss and export."""
