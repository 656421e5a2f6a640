"""The plain Python model of Groundplan: no Qt, no reportlab.

Its matrices are small: a second thread of the linear algebra library costs more than it saves, so it runs on one.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
