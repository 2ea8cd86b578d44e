"""What `make chart-check` judges the Helm chart by.

It runs with the Python of `.venv-deploy`, which knows nothing of Django: only the standard library, and what is
pinned in requirements-deploy.lock. The policies know no library at all, so that they are tested like everything else.
"""
