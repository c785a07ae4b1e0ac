"""One run, put together from the layers below: the same for the Action and the command line."""
