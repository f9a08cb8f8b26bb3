"""What is owed is sent."""
