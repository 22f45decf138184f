"""Files in the format of MNIST, as tests make them: yann.lecun.com/exdb/mnist, big endian."""

import struct

import numpy as np


def idx(array: np.ndarray) -> bytes:
    """The content of one idx file of bytes."""
    return struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()
