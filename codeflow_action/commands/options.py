"""A command's options as the Action's inputs: one way of checking, one set of words."""

import argparse

from codeflow_action.config.inputs import Inputs, read_inputs


def read_options(options: argparse.Namespace) -> Inputs:
    """Return the options as inputs. Raises `ConfigError`."""
    # Not every command has every option; an absent one is an empty input, which means unset.
    names = ("config_path", "provider", "model", "effort", "fail_on", "pipeline", "language")
    variables = {f"INPUT_{name.upper()}": getattr(options, name, "") for name in names}
    variables["INPUT_SARIF_FILES"] = "\n".join(getattr(options, "sarif", ()))
    return read_inputs(variables)[0]
