"""Networks with parts cut, each made once for all who cut the same."""

import threading
from collections import OrderedDict
from weakref import WeakValueDictionary

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.surgery import Surgery, operate, operated_id

KEPT_SCRAMBLED = 24
"""Networks with scrambled stages that are kept; each has up to 45 MB of its own."""
KEPT_CUT = 300
"""Networks with cut parts alone that are kept; they share their weights with the whole one."""


class _Making:
    """Held while one network is made; gone when nobody makes or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


class OperatedNetworks:
    """Keeps those asked for last. Safe to use from several threads.

    Making one takes up to some tenths of a second; whoever asks for another does not wait for it.
    """

    def __init__(self, scrambled: int = KEPT_SCRAMBLED, cut: int = KEPT_CUT) -> None:
        """Start empty.

        Args:
            scrambled: How many with scrambled stages are kept.
            cut: How many others.
        """
        self._most = {True: scrambled, False: cut}
        self._kept: dict[bool, OrderedDict[str, tuple[Checkpoint, Checkpoint]]] = {
            True: OrderedDict(),
            False: OrderedDict(),
        }
        self._making: WeakValueDictionary[str, _Making] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, base: Checkpoint, surgery: Surgery) -> Checkpoint:
        """The operated network, the same one as long as it is kept.

        Args:
            base: The whole network.
            surgery: What is done to it.
        """
        key, costly = operated_id(base.id, surgery), bool(surgery.scrambled)
        with self._lock:
            if found := self._find(key, costly, base):
                return found
            making = self._making.get(key) or _Making()
            self._making[key] = making
        with making.lock:
            with self._lock:
                if found := self._find(key, costly, base):
                    return found
            made = operate(base, surgery)
            with self._lock:
                kept = self._kept[costly]
                kept[key] = base, made
                kept.move_to_end(key)
                while len(kept) > self._most[costly]:
                    kept.popitem(last=False)
            return made

    def forget(self, base_id: str) -> None:
        """Drop those made from a checkpoint."""
        with self._lock:
            for kept in self._kept.values():
                for key in [key for key, (base, _) in kept.items() if base.id == base_id]:
                    del kept[key]

    def _find(self, key: str, costly: bool, base: Checkpoint) -> Checkpoint | None:
        kept = self._kept[costly]
        known, made = kept.get(key, (None, None))
        if known is not base:  # it may have been loaded anew
            return None
        kept.move_to_end(key)
        return made
