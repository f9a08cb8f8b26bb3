"""What is seen of this process from outside: figures, counts of responses, and spans for OpenTelemetry."""
