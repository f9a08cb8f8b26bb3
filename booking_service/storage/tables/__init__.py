"""The tables, a module for each room. Migrations make them; a test compares the two on both databases.

All ids are our own UUIDs, all instants aware UTC. A row of `stretch` is what excludes others from a host's time: its
constraint (PostgreSQL) or trigger (SQLite) is in the first migration, as no portable statement makes either.

A module imports those that its foreign keys refer to; `metadata` has them all. A process of `serve` starts with half of
them.
"""
