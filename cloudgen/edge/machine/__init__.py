"""A machine as it stands: its files below any root, and what systemd, etcd and the API answer where it runs."""
