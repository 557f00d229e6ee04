"""What people asked for about their data, and who wants no mail."""
