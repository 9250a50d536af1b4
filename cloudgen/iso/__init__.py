"""ISO 9660 images: the files of a seed to an image, the same bytes at all times; and back, without trust."""

from cloudgen.iso.reading import contents, recognises
from cloudgen.iso.writing import image

__all__ = ["contents", "image", "recognises"]
