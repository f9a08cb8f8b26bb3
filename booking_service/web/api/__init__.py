"""The API for programs: hosts, free times, bookings, consents, health, metrics, description."""
