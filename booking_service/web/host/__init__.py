"""What people do signed in, and signing in."""
