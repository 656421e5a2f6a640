"""The arithmetic of the planner, one model per file; numbers and arrays only."""
