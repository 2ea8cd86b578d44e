from config.celery import app as celery_app
from infrastructure.metrics.process_files import choose_place_to_count

# Every process comes by here, before anything that counts is imported.
choose_place_to_count()

__all__ = ["celery_app"]
