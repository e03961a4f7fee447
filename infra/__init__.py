"""What Pulumi deploys: the components, one in each file, and the stack's configuration."""
