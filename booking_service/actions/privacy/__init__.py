"""What people see and decide about their own data."""
