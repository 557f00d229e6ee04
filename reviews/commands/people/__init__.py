"""Show what people asked about their data, and who wants no mail."""
