"""The tables, a module for each room. Migrations make them (storage/migrations); a test holds the two against each other on
both databases.

All ids are UUIDs of ours, all instants aware UTC. A row of `stretch` is what excludes others from a host's time: its
constraint (PostgreSQL) or trigger (SQLite) is in the first migration, as neither can be said in a portable way.

A module imports those that its foreign keys lead to; `metadata` has them all. Half of them is what a process of `serve` begins
with.
"""
