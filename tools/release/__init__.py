"""What a release needs, one file a step; docs/release.md is the recipe."""
