"""The operation of the service: checks, timers, backups, figures."""
