"""Reads what other tools have left in the workspace: SARIF, Cobertura, lcov."""
