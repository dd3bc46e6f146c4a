"""Training: a task says what is learned, the trainer how: steps, checkpoints, logs, several processes.

A task is one file in ``tasks/`` that says ``PLUGIN = TheTask`` (see :mod:`reloc.training.task`); it is then
``reloc train NAME MAP``. Only this package and ``reloc.networks`` import torch.
"""
