"""The control planes: moto's services, Global Accelerator, and the Topology that they publish."""
