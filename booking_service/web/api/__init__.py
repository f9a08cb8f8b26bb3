"""What programs ask: free times, their description, health."""
