"""The control planes: moto, our Global Accelerator, and the Topology they publish."""
