"""Rows and transactions. The only floor that knows SQL; everything it gives back is a value of the domain."""
