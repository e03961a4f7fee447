"""Tests of twin/moto/patches/ec2."""
