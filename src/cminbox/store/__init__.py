"""The store: SQLite, one writer a process, SQL nowhere else.

Functions in here are plain: they take a `Tx` (to write) or a connection (to read) first and run on the store's own
threads, through `Store.write(fn, ...)` and `Store.read(fn, ...)`.
"""
