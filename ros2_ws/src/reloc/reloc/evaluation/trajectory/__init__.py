"""Answers along a drive as a file for other tools: one file here for each format, and the rows they share."""
