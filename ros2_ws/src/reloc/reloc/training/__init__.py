"""Training: a task defines what is learned; the trainer handles steps, checkpoints, logs and several processes.

A task is one file in ``tasks/`` with ``PLUGIN = TheTask`` (see :mod:`reloc.training.task`); it is then ``reloc train
NAME MAP``. Only this package and ``reloc.networks`` import torch.
"""
