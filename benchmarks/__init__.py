"""What the service costs, each figure beside the limit it is held against, measured in one run: `python -m benchmarks [NAME]`."""
