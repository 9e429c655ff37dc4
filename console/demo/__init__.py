"""A sample clinic that belongs to nobody: generated people, sample-approved words."""
