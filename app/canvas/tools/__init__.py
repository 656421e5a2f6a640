"""The gestures, one file each; every one ends in a single commit."""
