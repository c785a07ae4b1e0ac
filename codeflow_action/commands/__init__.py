"""The commands of `codeflow`, one file each with a `run`: `codeflow NAME` is in `NAME_command`.

`cli` imports the one that was asked for, so that no command waits for what another one needs.
"""
