"""What people said about the use of their data: written into the ledger, sealed, checked, and asked before anything leaves."""
