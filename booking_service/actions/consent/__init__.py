"""What people said about the use of their data: written to the ledger, sealed, verified, and checked before use."""
