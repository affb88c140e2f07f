"""A provider that manages single rows of SQLite databases.

provider    what the provider has
rows        sqlite_row: create, read, update, delete, import, recover
queries     the data source sqlite_query
database    SQLite; nothing in it is Clockwork's
"""
