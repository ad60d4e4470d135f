"""Types that the stubs of clocks share."""

from typing import Any, TypeAlias

import numpy as np

Id: TypeAlias = str | bytes | int | np.integer[Any]
