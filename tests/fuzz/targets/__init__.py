"""One file a target. Files that begin with an underscore are parts that several share."""
