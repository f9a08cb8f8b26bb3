"""Rows, transactions, and files beside the database: the only floor that knows SQL. Functions return values, never rows."""
