"""Records a run, and judges it against the truth."""
