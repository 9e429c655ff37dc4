"""One screen per file with its .tcss beside it."""
