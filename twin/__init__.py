"""The twin: an emulator of AWS that runs several Regions on one Linux machine."""

__version__ = "0.1.0"
