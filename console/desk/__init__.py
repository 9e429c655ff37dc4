"""What a signed-in person can do: desk.<job>.<verb>(seat, ..., now)."""
