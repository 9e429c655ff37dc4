"""Practice: simulated patients, what a trainee does, and how it is scored. No screen, no record."""
