"""What screens are made of: widgets get frozen records and send messages; they know neither desk nor tables."""
