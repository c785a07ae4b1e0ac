"""The outside world: GitHub, git, the runner and scanners. Nothing here decides anything."""
