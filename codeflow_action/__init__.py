"""CodeFlow: a GitHub Action that reviews and automates pull requests."""

__version__ = "0.1.0"
