"""Other tools' results and coverage, brought from the checkout that they saw onto the head."""
