"""What many failovers cost the clients of both front doors, measured and computed."""
