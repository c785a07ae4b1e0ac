"""`python -m codeflow_action`: the entry that the Action's container starts."""

import os
import sys

from codeflow_action.entrypoint import main

if __name__ == "__main__":
    code = main(os.environ)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that waits for the network must not hold a finished run
