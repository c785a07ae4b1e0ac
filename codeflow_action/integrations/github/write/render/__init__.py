"""A report as Markdown for people: the comment, inline comments, the step summary. Pure.

Strangers' text passes `security.untrusted` wherever it is written.
"""
