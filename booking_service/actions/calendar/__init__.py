"""What passes between a booking and its event: publishing, pulling, connecting."""
