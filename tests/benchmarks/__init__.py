"""Speed: run `python -m tests.benchmarks`; nothing here is a timed assert."""
