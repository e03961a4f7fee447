"""Tests of twin/moto/patches/elbv2."""
