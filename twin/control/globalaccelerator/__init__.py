"""Global Accelerator's control plane: model, rules, operations, persistence."""
