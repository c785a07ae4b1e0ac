"""CodeFlow as a reviewer of ReviewBench (https://review-bench.ai)."""
