"""The database: the schema, the connection, and all that several processes share through it."""
