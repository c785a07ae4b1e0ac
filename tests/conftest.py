"""One profile for all property tests: a busy machine is no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "codeflow",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("codeflow")
