"""Pure rules: no input or output; the current time is always an argument."""
