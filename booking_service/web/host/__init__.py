"""Pages of hosts, of everybody's profile, and signing in."""
