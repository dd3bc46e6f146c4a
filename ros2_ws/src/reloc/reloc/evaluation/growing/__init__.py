"""Let maps grow: measure whether a drive's poses agree with a map, align them, and add what is new."""
