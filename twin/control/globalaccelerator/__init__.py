"""The control plane of AWS Global Accelerator."""
