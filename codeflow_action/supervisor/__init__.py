"""The process that watches a run: ends it in time, and delivers what it has, however it ends."""
