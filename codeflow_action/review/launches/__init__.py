"""Launches: what a file makes run without being asked for, for whoever opens or builds it.

`kinds` is the table of such files, `launch_reader` reads one, `dangers` and `routine_commands`
judge a command. Nothing of a repository is run or fetched.
"""
