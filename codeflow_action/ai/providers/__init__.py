"""One file for each API: prompt to request, answer to `Completion`, its errors to ours."""
