"""`reviews check`: flow B on files, without a database."""
