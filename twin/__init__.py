"""The twin: an emulator of AWS that runs several Regions on one Linux machine."""
