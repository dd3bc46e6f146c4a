"""The page of a running robot. It is told values and messages as text; what sends them is no matter of it."""
