"""Train the evidence model: collect hypotheses whose truth is known, and fit a curve for each fact."""
