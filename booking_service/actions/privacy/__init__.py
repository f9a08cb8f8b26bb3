"""What people see and decide about their own data, and staff about it for them."""
