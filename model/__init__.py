"""The networks: tensors only; knows nothing of jobs or DAWs."""
