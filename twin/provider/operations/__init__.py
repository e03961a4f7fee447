"""What each request of the Pulumi engine does, for any resource type."""
