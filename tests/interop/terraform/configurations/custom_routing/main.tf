# What the twin refuses.

resource "aws_globalaccelerator_custom_routing_accelerator" "main" {
  name = "interop"
}
