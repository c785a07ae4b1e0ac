"""Local stand-ins for what CodeFlow talks to: the demo and the tests run against them."""
