"""The long proofs of promises: `python -m benchmarks.promises [NAME]`. Each prints a table and its verdict last."""
