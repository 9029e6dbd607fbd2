"""QR and other codes in a picture: that they are there, and what they say.

QR codes (Micro QR and rMQR, too) are looked for in full, light on dark as well: they are what leads
viewers away. Aztec, Data Matrix, PDF417 and stripes are looked for at 800 pixels. Seen `closer`,
everything is looked for in full, and QR codes once more, larger and sharpened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version

import cv2
import numpy as np
import zxingcpp
from zxingcpp import Barcode, BarcodeFormat, BarcodeFormats

from detectors.pictures import Found, Picture, Seen, shrink, within
from seawall.signals import Signal

__all__ = ["Codes"]

_QR = (BarcodeFormat.QRCode, BarcodeFormat.MicroQRCode, BarcodeFormat.RMQRCode)
_OFTEN = BarcodeFormats(_QR)
_RARE = BarcodeFormats(
    [
        BarcodeFormat.Aztec,
        BarcodeFormat.DataMatrix,
        BarcodeFormat.EANUPC,
        BarcodeFormat.Code128,
        BarcodeFormat.Code39,
        BarcodeFormat.Code93,
        BarcodeFormat.ITF,
        BarcodeFormat.DataBar,
        BarcodeFormat.PDF417,
    ]
)
_RARE_SIDE = 800
_CLOSER_SIDE = 2560
_PLAIN = zxingcpp.TextMode.Plain
_USUAL = "\t\n\r\x04\x1d\x1e"
_MOST_CODES = 16
_MOST_CHARS = 4096
_VALUE_CHARS = 256


class Codes:
    """The detector `codes`."""

    name = "codes"
    most = 1

    def __init__(self) -> None:
        self.version = f"zxing-{version('zxing-cpp')}"

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Read the codes of each picture; of more than 16 in one, the first."""
        return [self._seen(each, closer) for each in pictures]

    def _seen(self, picture: Picture, closer: bool) -> Seen:
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        texts = _distinct([*_often(grey), *_rare(grey, closer)])
        if closer and not texts:
            texts = _distinct(_often(_sharp(grey)))
        few = texts[:_MOST_CODES]
        signals = [
            Signal(f"{kind}.any", 1.0, self.name, value=text[:_VALUE_CHARS])
            for kind, text in {each.kind: each.text for each in reversed(few)}.items()
        ]
        return Seen(signals, few, partly=len(texts) > len(few))


def _often(grey: Picture) -> list[Found]:
    return _found(zxingcpp.read_barcodes(grey, formats=_OFTEN, text_mode=_PLAIN), grey)


def _rare(grey: Picture, closer: bool) -> list[Found]:
    seen = grey if closer else shrink(grey, _RARE_SIDE)
    codes = zxingcpp.read_barcodes(
        seen, formats=_RARE, try_downscale=closer, try_invert=closer, text_mode=_PLAIN
    )
    return _found(codes, seen)


def _sharp(grey: Picture) -> Picture:
    """Return the picture, its edges raised, at twice the size where it is not large already.

    Raised first, enlarged then: it finds the same codes for a quarter of the cost.
    """
    height, width = grey.shape[:2]
    small = max(height, width) * 2 <= _CLOSER_SIDE
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5 if small else 3.0)
    raised = np.asarray(cv2.addWeighted(grey, 2.5, soft, -1.5, 0.0), np.uint8)
    if not small:
        return raised
    return np.asarray(cv2.resize(raised, (width * 2, height * 2)), np.uint8)


def _found(codes: Iterable[Barcode], grey: Picture) -> list[Found]:
    height, width = grey.shape[:2]
    found = []
    for code in codes:
        at = code.position
        corners = [
            (corner.x, corner.y)
            for corner in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        ]
        is_qr = code.format.symbology == BarcodeFormat.QRCode
        place = within(corners, width, height)
        found.append(Found("qr" if is_qr else "barcode", _text(code), place))
    return found


def _text(code: Barcode) -> str:
    """Return a code's content as text; hexadecimal where most of it is none."""
    text = code.text
    controls = sum(ord(char) < 32 and char not in _USUAL for char in text)
    return (code.bytes.hex() if controls * 4 > len(text) else text)[:_MOST_CHARS]


def _distinct(found: Iterable[Found]) -> list[Found]:
    """Keep each content once: the same code is often found in two ways."""
    kept: dict[tuple[str, str], Found] = {}
    for each in found:
        kept.setdefault((each.kind, each.text), each)
    return list(kept.values())
