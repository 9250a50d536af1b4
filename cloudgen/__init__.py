"""One spec file becomes the user-data of every master of a Kubernetes control plane."""
