"""Where a run lives: GitHub's job and the laptop, with what each does around it."""
