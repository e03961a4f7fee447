"""Programs that stand in for the twin's daemons: small, and misbehaving on command."""
