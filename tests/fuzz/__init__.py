"""Broken input on purpose: for each reader a target, mutated inputs, and a verdict on what comes out.

``python -m fuzz --help`` (with ``tests`` on the path; ``make fuzz`` does that) says how it is run. A file in
``targets/`` that sets ``TARGET`` is a target; nothing is registered anywhere.
"""
