"""The talk-tracks: what a caller asks, which answers are danger signs, and what may be said."""
