"""Everything that can go wrong in words a visitor can act on.

    DemoError
    |-- PictureError        a picture that cannot be read
    |-- CheckpointError     weights that cannot be had or trusted
    |   `-- DownloadError   ... because they did not arrive
    |-- DatasetError        a set of pictures, or a project, that cannot be used
    |   `-- EntryError      ... one file of it, which is left out; the others are read
    |-- HostError           the host lends no GPU, or has taken it back
    |-- BenchError          what a measurement needs, and is missing
    |-- RequestError        a class, stage, method or channel that does not exist
    `-- Cancelled           the visitor stopped it

The message of each is one sentence or two for the person at the page: what is wrong and
what to do. Any other exception is a bug and surfaces as one.
"""


class DemoError(Exception):
    """The base of all errors whose message is meant for the visitor."""


class PictureError(DemoError):
    """A picture that cannot be read, or is larger than the stated limits."""


class CheckpointError(DemoError):
    """Weights that are unknown, damaged, of another network, or not to be trusted."""


class DownloadError(CheckpointError):
    """Weights that did not arrive: no network, a time-out, a server's error, a full disk."""


class DatasetError(DemoError):
    """A zip, a folder or a saved project that no set of classes can be made of."""


class EntryError(DatasetError):
    """One file of a dataset that cannot be read, which is left out and listed."""


class HostError(DemoError):
    """A GPU that the host does not lend, or took back before the work was done."""


class BenchError(DemoError):
    """Something that a measurement needs is missing, or a program under test did not start."""


class RequestError(DemoError):
    """A class, stage, method or channel that does not exist."""


class Cancelled(DemoError):
    """The visitor stopped a computation."""
